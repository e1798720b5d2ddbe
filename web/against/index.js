// @ts-check
// The entry of the page on which a reader plays against the network: opens it when scripts have run.

import { contest } from "../data/contest.js";
import { Tool } from "../surface/tool.js";
import { Page } from "./page.js";
import "./against.css";

const tool = new Tool("ag", "You against the network");
tool.open(() => new Page(tool, contest()));
