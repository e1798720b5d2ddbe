// @ts-check
// A canvas of cells of which a reader chooses one, by pointer or by arrow keys.

/** @type {Record<string, [number, number]>} which way each arrow key goes: down, across */
const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class Cells {
  /**
   * @param {HTMLCanvasElement} canvas with the role "application"
   * @param {(row: number, column: number) => void} choose told which cell a reader chooses
   */
  constructor(canvas, choose) {
    this.canvas = canvas;
    this.choose = choose;
    this.rows = this.columns = 1;
    this.row = this.column = 0;
    canvas.tabIndex = 0;
    canvas.addEventListener("click", (event) => this.point(event));
    canvas.addEventListener("keydown", (event) => this.press(event));
  }

  /** @type {(rows: number, columns: number, row: number, column: number) => void} how it stands */
  set(rows, columns, row, column) {
    Object.assign(this, { rows, columns, row, column });
  }

  /** @param {MouseEvent} event */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.go(
      Math.floor((this.rows * (event.clientY - box.top)) / box.height),
      Math.floor((this.columns * (event.clientX - box.left)) / box.width),
    );
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const way = Object.hasOwn(ARROWS, event.key) ? ARROWS[event.key] : null;
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.go(this.row + way[0], this.column + way[1]);
  }

  /** @type {(row: number, column: number) => void} */
  go(row, column) {
    const [y, x] = [
      Math.min(Math.max(row, 0), this.rows - 1),
      Math.min(Math.max(column, 0), this.columns - 1),
    ];
    if (y !== this.row || x !== this.column) this.choose(y, x);
  }
}
