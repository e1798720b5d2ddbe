// Takes out of a built page what goes into the printed book, under ids that no other page has.

({ prefix, site, name, names, strips, levels }) => {
  const article = document.querySelector("article.bd-article");
  const title = article.querySelector("h1");

  for (const view of article.querySelectorAll('script[type$="widget-view+json"]')) {
    const strip = strips[JSON.parse(view.textContent).model_id];
    if (!strip) continue;
    const place = document.createElement("div");
    place.className = "moves";
    place.innerHTML = strip;
    view.previousElementSibling.replaceWith(place);
  }
  for (const [at, box] of [...article.querySelectorAll(".level-slider")].entries()) {
    const states = JSON.parse(box.dataset.states);
    const pair = box.querySelector(".pair");
    const strip = document.createElement("div");
    strip.className = "strip";
    for (const place of levels[at]) {
      const state = document.createElement("div");
      state.className = "state";
      state.style.setProperty("--state", place);
      state.append(pair.cloneNode(true));
      for (const [i, says] of state.querySelectorAll(".says").entries()) {
        says.textContent = states[place].words[i];
      }
      const stands = document.createElement("p");
      stands.className = "stands";
      stands.textContent = `noise level: ${states[place].level}`;
      state.append(stands);
      strip.append(state);
    }
    pair.replaceWith(strip);
    for (const part of box.querySelectorAll("label, input, .spoken")) part.remove();
    box.classList.add("moves");
  }
  for (const image of article.querySelectorAll("img")) {
    image.loading = "eager";
    image.setAttribute("src", image.src);
  }
  // What has been drawn is kept; what asks to be moved says where it does.
  for (const canvas of article.querySelectorAll("canvas")) {
    if (canvas.closest(".explorable") || !canvas.width) continue;
    const image = new Image();
    image.src = canvas.toDataURL();
    image.alt = canvas.getAttribute("aria-label") ?? "";
    canvas.replaceWith(image);
  }
  for (const tool of article.querySelectorAll(".explorable")) {
    const line = document.createElement("p");
    line.className = "elsewhere";
    line.textContent = `Here the page runs something to explore: open ${name} of the built book in a browser.`;
    tool.replaceWith(line);
  }
  // Solutions are read in print, folded code is not.
  for (const fold of article.querySelectorAll("details")) {
    fold.open = /solution/i.test(fold.querySelector("summary")?.textContent ?? "");
    if (!fold.open && fold.classList.contains("hide")) fold.remove();
  }
  const unprinted =
    "script, noscript, style, button, .headerlink, .toggle-button, .prev-next-area, .qd-narrow, audio";
  for (const part of article.querySelectorAll(unprinted)) part.remove();

  for (const link of article.querySelectorAll("a[href]")) {
    const url = new URL(link.href);
    const inBook = url.href.startsWith(`${site}/`);
    if (!inBook) continue;
    const page = url.pathname.slice(new URL(site).pathname.length + 1);
    const at = names.indexOf(page);
    if (at < 0) link.removeAttribute("href");
    else link.setAttribute("href", `#p${at}-${decodeURIComponent(url.hash.slice(1)) || "page"}`);
    link.removeAttribute("target");
  }
  for (const element of article.querySelectorAll("[id]")) element.id = prefix + element.id;
  const pointers = ["for", "aria-labelledby", "aria-describedby", "aria-controls"];
  for (const element of article.querySelectorAll("*")) {
    for (const { name: key, value } of [...element.attributes]) {
      if (value.includes("url(#")) {
        element.setAttribute(key, value.replaceAll("url(#", `url(#${prefix}`));
      } else if (pointers.includes(key)) {
        element.setAttribute(
          key,
          value
            .split(/\s+/)
            .map((id) => prefix + id)
            .join(" "),
        );
      } else if (key.endsWith("href") && element.closest("svg") && value.startsWith("#")) {
        element.setAttribute(key, `#${prefix}${value.slice(1)}`);
      }
    }
  }
  title.id = `${prefix}page`;
  const sections = [...article.querySelectorAll("h2")].map((heading) => {
    heading.id = `${heading.closest("section")?.id || prefix}-heading`;
    return { id: heading.id, title: heading.textContent.trim() };
  });
  return {
    title: title.textContent.trim(),
    sections,
    styles: [...document.querySelectorAll('link[rel="stylesheet"]')].map((link) => link.href),
    markup: article.outerHTML,
  };
};
