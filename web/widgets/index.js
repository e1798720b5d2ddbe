// @ts-check
// Shows in a page, without a kernel, the widgets whose state the page holds.
//
// The general embedder of Jupyter is four times as large: it also renders the outputs, the old widgets
// or the extensions that this book has none of. A widget of a kind that no chapter has used yet is one
// more import here.

import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as box from "@jupyter-widgets/controls/lib/widget_box";
import * as button from "@jupyter-widgets/controls/lib/widget_button";
import * as description from "@jupyter-widgets/controls/lib/widget_description";
import * as integer from "@jupyter-widgets/controls/lib/widget_int";
import * as link from "@jupyter-widgets/controls/lib/widget_link";
import * as selection from "@jupyter-widgets/controls/lib/widget_selection";
import * as selectionContainer from "@jupyter-widgets/controls/lib/widget_selectioncontainer";
import * as string from "@jupyter-widgets/controls/lib/widget_string";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import "@jupyter-widgets/controls/css/widgets-base.css";
import "@jupyter-widgets/controls/css/labvariables.css";
import "@lumino/widgets/style/widget.css";

/** @typedef {import("@jupyter-widgets/base").WidgetModel} WidgetModel */

/** @type {Record<string, Record<string, any>>} */
const MODULES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": {
    ...box,
    ...button,
    ...description,
    ...integer,
    ...link,
    ...selection,
    ...selectionContainer,
    ...string,
  },
};
const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

class PageManager extends ManagerBase {
  /**
   * @param {string} className
   * @param {string} moduleName
   */
  async loadClass(className, moduleName) {
    const found = MODULES[moduleName]?.[className];
    if (!found) throw new Error(`${className} of ${moduleName} is not in web/widgets/index.js`);
    return found;
  }

  // There is no kernel to talk to.
  async _get_comm_info() {
    return {};
  }

  async _create_comm() {
    const nothing = { on_close() {}, on_msg() {}, open: () => "", send: () => "", close: () => "" };
    return { comm_id: "", target_name: "", ...nothing };
  }

  /**
   * @param {Element} place the script that names a model
   * @param {WidgetModel[]} models
   */
  async show(place, models) {
    const { model_id: id } = JSON.parse(place.textContent ?? "");
    const model = models.find((candidate) => candidate.model_id === id);
    if (!model) return;
    const area = document.createElement("div");
    area.className = "widget-subarea";
    place.before(area);
    const view = await this.create_view(model);
    Widget.attach(view.luminoWidget, area);
    window.addEventListener("resize", () => {
      MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize);
    });
  }
}

// The style lies beside this script. Widgets measure themselves, so it must be there before them.
function loadStyle() {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const style = document.createElement("link");
  style.rel = "stylesheet";
  // Packed, the script has no address of its own (_ext/light_pages.py).
  style.href = new URL("widgets.css", script.dataset.home ?? script.src).href;
  const loaded = new Promise((resolve) => {
    style.onload = style.onerror = resolve;
  });
  // Before the page's own style, which adapts it.
  document.head.prepend(style);
  return loaded;
}

async function showWidgets() {
  for (const state of document.querySelectorAll(STATE)) {
    const manager = new PageManager();
    const models = await manager.set_state(JSON.parse(state.textContent ?? ""));
    const places = [...document.querySelectorAll(VIEW)];
    await Promise.all(places.map((place) => manager.show(place, models)));
  }
}

// This script is deferred: the page is parsed.
loadStyle().then(showWidgets);
