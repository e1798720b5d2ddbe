// @ts-check
// The entry of "Slide a filter": opens it when the page's scripts have run.

import { drawings } from "../data/drawings.js";
import { Tool } from "../surface/tool.js";
import { Page } from "./page.js";
import "./slide-a-filter.css";

const tool = new Tool("sf", "Slide a filter over a drawing");
tool.open(() => new Page(tool, drawings()));
