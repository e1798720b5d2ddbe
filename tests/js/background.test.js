// Promises of what runs beside the page: a worker that is gone, or never begins, leaves nobody waiting.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

/** Every worker that was started. @type {StandIn[]} */
let hired = [];

/** A browser's worker, which Node has not: it begins as told, answers nothing by itself. */
class StandIn extends EventTarget {
  constructor() {
    super();
    this.posted = [];
    this.isOver = false;
    hired.push(this);
  }

  postMessage(asked) {
    this.posted.push(asked);
  }

  terminate() {
    this.isOver = true;
  }

  tell(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

globalThis.Worker = StandIn;
globalThis.location = { protocol: "file:" };
globalThis.bundleItself = () => {};
const { Background, STOPPED } = await import("../../web/surface/background.js");

const turn = () => new Promise((resolve) => setImmediate(resolve));
const tasks = { double: (number) => 2 * number };

/** One whose worker has begun. */
async function begun() {
  const background = new Background(tasks);
  hired[0].tell({ number: 0 });
  await background.worker;
  await turn();
  return background;
}

afterEach(() => {
  hired = [];
  mock.timers.reset();
});

test("a worker answers what it was asked", async () => {
  const background = await begun();
  const answer = background.call("double", 4);
  await turn();
  const [{ number, name, argument }] = hired[0].posted;
  hired[0].tell({ number, result: tasks[name](argument) });
  assert.equal(await answer, 8);
});

test("a worker that died answers nothing any more, and that is said at once, then and later", async () => {
  for (const type of ["error", "messageerror"]) {
    hired = [];
    const background = await begun();
    const before = background.call("double", 4);
    await turn();
    hired[0].dispatchEvent(new Event(type));
    await assert.rejects(before, { message: STOPPED });
    await assert.rejects(background.call("double", 4), { message: STOPPED });
    assert.equal(hired[0].posted.length, 1);
  }
});

test("nothing is asked of one that was ended", async () => {
  const background = await begun();
  await background.end();
  assert.ok(hired[0].isOver);
  await assert.rejects(background.call("double", 4), /has stopped/);
});

test("one that never begins is given up, and the page does the task itself", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const background = new Background(tasks);
  const answer = background.call("double", 4);
  mock.timers.tick(19_000);
  await turn();
  assert.ok(!hired[0].isOver);
  mock.timers.tick(2_000);
  assert.equal(await answer, 8);
  assert.ok(hired[0].isOver);
});
