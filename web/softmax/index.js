// @ts-check
// The entry of the softmax page: opens it when the page's scripts have run.

import { namings } from "../data/namings.js";
import { Tool } from "../surface/tool.js";
import { ar } from "./ar.js";
import { Page } from "./page.js";
import "./softmax.css";

const tool = new Tool("sm", "Softmax and surprise", { ar });
tool.open(() => new Page(tool, namings()));
