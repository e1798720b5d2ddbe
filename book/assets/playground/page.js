// The playground itself: joins the controls, the drawing surface, the networks and the address.

"use strict";

(function (playground) {
  const SIDE = 28;
  const SHOWN = 5;
  const FIVE = ["pineapple", "cat", "fish", "cup", "jacket"];
  const START = { kind: "gaussian", level: 0.75, seed: 1 };
  const FIRST = { category: "fish" };
  const { GRID } = playground.state;
  // Points closer than this to a straight line are not kept, on the grid of the surface.
  const TOLERANCE = 6;
  // A drawing smaller than this share of the surface is not blown up to its full size.
  const DOT = GRID / 8;
  // How long the page must be quiet before the answer is spoken, and the address written.
  const QUIET = 700;
  const ADDRESS_AFTER = 200;

  const element = (name) => document.getElementById(`pg-${name}`);
  const percent = (share) =>
    share > 0.995 && share < 1 ? "> 99 %" : `${Math.round(100 * share)} %`;
  const title = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

  class Page {
    constructor(network) {
      this.network = network;
      this.categories = playground.networks.categories;
      this.picks = playground.drawings.map((pick) => ({
        ...pick,
        pixels: playground.network.bytesOf(pick.pixels),
      }));
      const five = FIVE.map((name) => this.categories.indexOf(name)).filter((i) => i >= 0);
      this.few = five.length >= 2 ? five : [...this.categories.keys()].slice(0, FIVE.length);
      const first =
        this.picks.find((pick) => pick.category === FIRST.category) ?? this.picks[0];
      this.start = { ...START, chosen: this.few, drawing: { type: "pick", ...this.key(first) } };
      this.past = [];
      this.stroke = null;
      this.duration = 0;
      this.makeControls();
      this.listen();
      this.readAddress();
    }

    key({ category, number }) {
      return { category, number };
    }

    // Browsers compile what has run a few times into something faster: let that be before a click.
    warmUp() {
      for (let round = 1; round <= 5; round += 1) {
        setTimeout(() => this.network.run(new Float32Array(SIDE * SIDE)), 100 * round);
      }
    }

    // ---- The state and the address.

    readAddress() {
      const text = location.hash.slice(1);
      this.state = playground.state.read(text, this.start, this.categories, this.picks);
      this.past = [];
      this.written = location.hash;
      this.showControls();
      this.update();
    }

    writeAddress() {
      this.written = `#${playground.state.write(this.state, this.categories)}`;
      try {
        history.replaceState(history.state, "", this.written);
      } catch {
        location.replace(this.written);
      }
    }

    change(part, { remember = false } = {}) {
      if (remember) this.past.push(this.state.drawing);
      this.state = { ...this.state, ...part };
      this.message("");
      this.update();
    }

    setDrawing(drawing) {
      this.change({ drawing }, { remember: true });
    }

    // ---- From the drawing to the answer.

    // The drawing as 784 grey levels, as the data have them; null if there is none.
    cleanPixels() {
      const { drawing } = this.state;
      if (drawing.type === "image") return drawing.pixels;
      if (drawing.type === "pick") {
        return this.picks.find(
          (pick) => pick.category === drawing.category && pick.number === drawing.number).pixels;
      }
      const strokes = this.stroke ? [...drawing.strokes, this.stroke] : drawing.strokes;
      if (!strokes.length) return null;
      return playground.strokes.draw(playground.strokes.normalise(strokes, DOT));
    }

    update() {
      const begin = performance.now();
      this.drawSurface();
      const pixels = this.cleanPixels();
      element("undo").disabled = !this.past.length && !this.hasStrokes();
      element("clear").disabled = !pixels;
      if (pixels) {
        const clean = Float32Array.from(pixels, (value) => value / 255);
        const { level, kind, seed, chosen } = this.state;
        const noisy = playground.noise.add(clean, level, kind, seed);
        const { denoised, logits, direct_logits } = this.network.run(noisy);
        this.answer = {
          clean,
          noisy,
          denoised,
          chain: playground.network.probabilities(logits, chosen),
          direct: playground.network.probabilities(direct_logits, chosen),
        };
      } else {
        this.answer = null;
      }
      this.showAnswer();
      this.duration = performance.now() - begin;
      element("time").textContent = this.answer
        ? `answered in ${Math.max(1, Math.round(this.duration))} ms`
        : "";
      clearTimeout(this.addressTimer);
      clearTimeout(this.speakTimer);
      this.addressTimer = setTimeout(() => this.writeAddress(), ADDRESS_AFTER);
      this.speakTimer = setTimeout(() => this.speak(), QUIET);
    }

    hasStrokes() {
      return this.state.drawing.type === "strokes" && this.state.drawing.strokes.length > 0;
    }

    // While the pen moves, the networks may take a part of the time only, or the line would lag.
    updateSoon() {
      this.drawSurface();
      if (this.soon) return;
      this.soon = setTimeout(() => {
        this.soon = null;
        if (this.stroke) this.update();
      }, Math.max(16, 2 * this.duration));
    }

    // ---- What is shown.

    showAnswer() {
      const { answer } = this;
      for (const name of ["clean", "noisy", "denoised"]) {
        paint(element(name), answer?.[name] ?? new Float32Array(SIDE * SIDE));
      }
      this.showList("direct", answer?.direct);
      this.showList("chain", answer?.chain);
    }

    ranking(shares) {
      return shares
        .map((share, i) => ({ share, name: this.categories[this.state.chosen[i]] }))
        .sort((a, b) => b.share - a.share);
    }

    showList(name, shares) {
      const rows = shares ? this.ranking(shares).slice(0, SHOWN) : [];
      element(name).replaceChildren(
        ...rows.map((row) => {
          const item = make("li", { className: "pg-share" });
          item.style.setProperty("--share", row.share);
          item.append(
            make("span", { textContent: row.name, className: "pg-name" }),
            // Read out as a pause between the name and the share.
            make("span", { textContent: ", ", className: "pg-hidden" }),
            make("span", { textContent: percent(row.share), className: "pg-percent" }),
          );
          return item;
        }),
      );
    }

    speak() {
      let text = "The surface is empty.";
      if (this.answer) {
        const [chain, direct] = [this.answer.chain, this.answer.direct].map((shares) => {
          const [{ name, share }] = this.ranking(shares);
          return `${name}, ${percent(share)}`;
        });
        text = `After denoising: ${chain}. Without: ${direct}.`;
      }
      if (element("spoken").textContent !== text) element("spoken").textContent = text;
    }

    message(text) {
      if (element("message").textContent !== text) element("message").textContent = text;
    }

    drawSurface() {
      const surface = element("surface");
      const context = surface.getContext("2d");
      const { drawing } = this.state;
      const size = surface.width;
      context.fillStyle = "#000";
      context.fillRect(0, 0, size, size);
      if (drawing.type !== "strokes") {
        const small = document.createElement("canvas");
        small.width = small.height = SIDE;
        paint(small, Float32Array.from(this.cleanPixels(), (value) => value / 255));
        context.imageSmoothingEnabled = false;
        context.drawImage(small, 0, 0, size, size);
      } else {
        context.strokeStyle = context.fillStyle = "#fff";
        context.lineWidth = size / 24;
        context.lineCap = context.lineJoin = "round";
        const strokes = this.stroke ? [...drawing.strokes, this.stroke] : drawing.strokes;
        for (const points of strokes) {
          context.beginPath();
          for (const [x, y] of points) context.lineTo(...[x, y].map((v) => (v * size) / GRID));
          // A line of no length is drawn as a dot.
          context.lineTo(...points.at(-1).map((v) => (v * size) / GRID));
          context.stroke();
        }
        if (!strokes.length) {
          context.fillStyle = "#bbb";
          context.font = `${size / 18}px sans-serif`;
          context.textAlign = "center";
          context.fillText("draw here", size / 2, size / 2);
        }
      }
      surface.setAttribute("aria-label", `Drawing surface, ${this.describe()}`);
      for (const button of element("picks").children) {
        const isShown =
          drawing.type === "pick" && button.dataset.key === `${drawing.category}.${drawing.number}`;
        button.setAttribute("aria-pressed", isShown);
      }
    }

    describe() {
      const { drawing } = this.state;
      if (drawing.type === "pick") return `shows a picked drawing of the category ${drawing.category}`;
      if (drawing.type === "image") return "shows your picture";
      const count = drawing.strokes.length;
      return count ? `holds ${count} ${count === 1 ? "stroke" : "strokes"}` : "empty";
    }

    showControls() {
      const { kind, level, chosen } = this.state;
      element("kind").value = kind;
      element("level").value = level;
      element("level-value").textContent = level.toFixed(2);
      const isAll = chosen.length === this.categories.length;
      const chips = isAll
        ? [make("li", { className: "pg-chip", textContent: `all ${this.categories.length}` })]
        : chosen.map((index) => {
            const name = this.categories[index];
            const button = make("button", { type: "button", textContent: name });
            button.setAttribute("aria-label", `Remove ${name}`);
            button.addEventListener("click", () => this.remove(index));
            const item = make("li");
            item.append(button);
            return item;
          });
      element("chips").replaceChildren(...chips);
      element("few").setAttribute("aria-pressed", String(chosen) === String(this.few));
      element("all").setAttribute("aria-pressed", isAll);
    }

    // ---- Controls.

    makeControls() {
      element("kind").replaceChildren(
        ...Object.keys(playground.noise.KINDS).map((kind) => new Option(title(kind), kind)));
      element("names").replaceChildren(
        ...this.categories.map((name) => make("option", { value: name })));
      element("all").textContent = `All ${this.categories.length}`;
      element("picks").replaceChildren(
        ...this.picks.map((pick) => {
          const button = make("button", { type: "button", className: "pg-pick", title: pick.category });
          button.dataset.key = `${pick.category}.${pick.number}`;
          button.setAttribute("aria-label", `${pick.category}, drawing ${pick.number}`);
          const canvas = make("canvas", { width: SIDE, height: SIDE });
          paint(canvas, Float32Array.from(pick.pixels, (value) => value / 255));
          button.append(canvas);
          button.addEventListener("click", () => this.pick(pick));
          return button;
        }),
      );
    }

    listen() {
      element("kind").addEventListener("change", ({ target }) => this.change({ kind: target.value }));
      element("level").addEventListener("input", ({ target }) => {
        const level = Number(target.value);
        element("level-value").textContent = level.toFixed(2);
        this.change({ level });
      });
      element("renew").addEventListener("click", () =>
        this.change({ seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 12 }));
      element("share").addEventListener("click", () => this.share());
      element("undo").addEventListener("click", () => this.undo());
      element("clear").addEventListener("click", () =>
        this.setDrawing({ type: "strokes", strokes: [] }));
      element("upload").addEventListener("change", ({ target }) => this.upload(target));
      element("few").addEventListener("click", () => this.choose(this.few));
      element("all").addEventListener("click", () => this.choose([...this.categories.keys()]));
      element("add-form").addEventListener("submit", (event) => {
        event.preventDefault();
        this.add(element("add").value);
      });
      // A name taken from the list needs no further click.
      element("add").addEventListener("input", ({ target, inputType }) => {
        const isTaken = inputType === undefined || inputType === "insertReplacementText";
        if (isTaken && this.categories.includes(target.value)) this.add(target.value);
      });
      // It lies over the page, so whoever goes on is rid of it.
      window.addEventListener("pointerdown", () => this.message(""), { capture: true });
      window.addEventListener("hashchange", () => {
        if (location.hash !== this.written) this.readAddress();
      });
      this.listenToPen();
    }

    listenToPen() {
      const surface = element("surface");
      const place = (event) => {
        const box = surface.getBoundingClientRect();
        return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(
          (share) => Math.min(Math.max(Math.round(share * GRID), 0), GRID - 1));
      };
      surface.addEventListener("pointerdown", (event) => {
        if (this.stroke || event.button > 0) return;
        event.preventDefault();
        surface.setPointerCapture(event.pointerId);
        this.pen = event.pointerId;
        this.before = this.state.drawing;
        if (this.before.type !== "strokes") {
          this.state = { ...this.state, drawing: { type: "strokes", strokes: [] } };
        }
        this.stroke = [place(event)];
        this.updateSoon();
      });
      surface.addEventListener("pointermove", (event) => {
        if (!this.stroke || event.pointerId !== this.pen) return;
        const between = event.getCoalescedEvents?.() ?? [];
        this.stroke.push(...(between.length ? between : [event]).map(place));
        this.updateSoon();
      });
      const finish = (event) => {
        if (!this.stroke || event.pointerId !== this.pen) return;
        const stroke = playground.strokes.simplify(this.stroke, TOLERANCE);
        this.stroke = null;
        const { strokes } = this.state.drawing;
        this.past.push(this.before);
        this.change({ drawing: { type: "strokes", strokes: [...strokes, stroke] } });
      };
      surface.addEventListener("pointerup", finish);
      surface.addEventListener("pointercancel", finish);
    }

    pick(pick) {
      const index = this.categories.indexOf(pick.category);
      if (index >= 0 && !this.state.chosen.includes(index)) {
        this.state = { ...this.state, chosen: [...this.state.chosen, index] };
        this.showControls();
      }
      this.setDrawing({ type: "pick", ...this.key(pick) });
    }

    undo() {
      if (this.past.length) {
        this.change({ drawing: this.past.pop() });
      } else if (this.hasStrokes()) {
        // After a reload only the strokes are known.
        this.change({
          drawing: { type: "strokes", strokes: this.state.drawing.strokes.slice(0, -1) },
        });
      }
    }

    choose(chosen) {
      this.change({ chosen });
      this.showControls();
    }

    add(text) {
      const name = text.trim().toLowerCase();
      const index = this.categories.findIndex((category) => category.toLowerCase() === name);
      if (index < 0) {
        this.message(`“${text}” is none of the ${this.categories.length} categories.`);
        return;
      }
      element("add").value = "";
      this.message("");
      const { chosen } = this.state;
      if (!chosen.includes(index)) this.choose([...chosen, index]);
    }

    remove(index) {
      const { chosen } = this.state;
      if (chosen.length <= 2) {
        this.message("There must be two categories to choose between.");
        return;
      }
      const place = chosen.indexOf(index);
      this.choose(chosen.filter((one) => one !== index));
      // The focus stays in the list.
      element("chips").querySelectorAll("button")[Math.min(place, chosen.length - 2)].focus();
    }

    async upload(input) {
      const [file] = input.files;
      if (!file) return;
      this.message("Reading the picture …");
      // So that the message is seen before the work begins.
      await new Promise((resolve) => setTimeout(resolve, 30));
      try {
        const image = await playground.pictures.read(file);
        const pixels = Uint8Array.from(image, (value) => playground.strokes.rint(255 * value));
        this.setDrawing({ type: "image", pixels });
      } catch (error) {
        if (!(error instanceof playground.pictures.PictureError)) throw error;
        this.message(error.message);
      }
      // The same file may be chosen again.
      input.value = "";
    }

    async share() {
      this.writeAddress();
      try {
        await navigator.clipboard.writeText(location.href);
        this.message("The link is copied: it holds the drawing, the noise and the categories.");
      } catch {
        this.message("Copy the address of this page: it holds the drawing, the noise and the categories.");
      }
    }
  }

  function make(tag, properties = {}) {
    return Object.assign(document.createElement(tag), properties);
  }

  function paint(canvas, image) {
    const pixels = new ImageData(SIDE, SIDE);
    image.forEach((value, i) => {
      pixels.data.fill(Math.round(255 * value), 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    });
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  async function open() {
    const tool = document.getElementById("pg-tool");
    try {
      playground.page = new Page(await playground.network.load(playground.networks));
      tool.dataset.state = "ready";
      performance.mark("playground-answered");
      playground.page.warmUp();
    } catch (error) {
      tool.dataset.state = "failed";
      element("message").textContent =
        "The networks cannot run in this browser; a current Firefox, Chrome, Edge or Safari will do.";
      throw error;
    }
  }

  playground.opened = open();
})((window.noisyPlayground ??= {}));
