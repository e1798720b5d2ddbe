// @ts-check
// Runs functions beside the page, so that it never waits for them: in a worker made of its own script.

/**
 * What a worker can do, by its name. It may run in the page instead, so it touches neither.
 *
 * @typedef {Record<string, (argument: any) => unknown>} Tasks
 */

/** @typedef {{ number: number, name: string, argument: unknown }} Asked */
/** @typedef {{ number: number, result?: unknown, failure?: string }} Told */
/** @typedef {{ resolve: (result: any) => void, reject: (error: Error) => void }} Waiting */

// A worker that has not begun by then never will: milliseconds.
const PATIENCE = 20_000;
/** What a reader is told when the worker is gone. */
export const STOPPED =
  "What computes for this page has stopped, perhaps for want of memory; load the page again.";

/** Whether this script runs as a worker. */
export const isWorker = typeof document === "undefined";

// Known only while the script is run for the first time.
const home = isWorker ? "" : (document.currentScript?.getAttribute("src") ?? "");

/**
 * Be a worker: answer what the page asks.
 *
 * @param {Tasks} tasks
 */
export function serve(tasks) {
  const { postMessage } = /** @type {{ postMessage: (told: Told) => void }} */ (globalThis);
  globalThis.addEventListener("message", async ({ data }) => {
    const { number, name, argument } = /** @type {Asked} */ (data);
    try {
      postMessage({ number, result: await tasks[name](argument) });
    } catch (error) {
      postMessage({ number, failure: String(error) });
    }
  });
  postMessage({ number: 0 });
}

/**
 * Start this page's script as a worker.
 *
 * A server may allow no script but its own files, a page that is a file itself may start none; then the
 * script's own text does.
 *
 * @returns {Promise<Worker | null>} null where there is none
 */
async function hire() {
  const ways = [
    () => (location.protocol === "file:" || !home ? null : new Worker(home)),
    () => {
      const source = new Blob([`(${bundleItself})();`], { type: "text/javascript" });
      const address = URL.createObjectURL(source);
      const worker = new Worker(address);
      worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
      return worker;
    },
  ];
  for (const way of ways) {
    try {
      const worker = way();
      if (worker && (await begins(worker))) return worker;
      worker?.terminate();
    } catch {
      // No workers, or not of this kind.
    }
  }
  return null;
}

/**
 * @param {Worker} worker
 * @returns {Promise<boolean>} whether it has said that it serves
 */
const begins = (worker) =>
  new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), PATIENCE);
    worker.addEventListener(
      "message",
      () => {
        clearTimeout(late);
        resolve(true);
      },
      { once: true },
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      clearTimeout(late);
      resolve(false);
    });
  });

export class Background {
  /** @param {Tasks} tasks as the worker has them, for a browser that starts none */
  constructor(tasks) {
    this.tasks = tasks;
    this.count = 0;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    this.hasStopped = false;
    this.worker = hire();
    this.worker.then((worker) => {
      worker?.addEventListener("message", ({ data }) => this.hear(data));
      worker?.addEventListener("error", () => this.giveUp());
      worker?.addEventListener("messageerror", () => this.giveUp());
    });
  }

  /**
   * @param {string} name of a task
   * @param {unknown} [argument]
   * @returns {Promise<any>} its result
   * @throws {Error} if it failed, or if the worker has stopped: what that knew is lost
   */
  async call(name, argument) {
    const worker = await this.worker;
    if (this.hasStopped) throw new Error(STOPPED);
    if (!worker) return this.tasks[name](argument);
    this.count += 1;
    const number = this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      worker.postMessage({ number, name, argument });
    });
  }

  /** @param {Told} told */
  hear({ number, result, failure }) {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (failure === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(failure));
  }

  /** The worker is gone, as when the memory is. */
  giveUp() {
    this.hasStopped = true;
    for (const { reject } of this.waiting.values()) reject(new Error(STOPPED));
    this.waiting.clear();
  }

  /** Stop whatever it does. */
  async end() {
    (await this.worker)?.terminate();
    this.giveUp();
  }
}
