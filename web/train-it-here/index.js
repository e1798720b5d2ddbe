// @ts-check
// The entry of the page that trains: opens it when the page's scripts have run, or serves it as its worker.

import { drawings } from "../data/drawings.js";
import { lesson } from "../data/lesson.js";
import { makeTasks } from "../lib/course.js";
import { Background, isWorker, serve } from "../surface/background.js";
import { Tool } from "../surface/tool.js";
import { Page } from "./page.js";
import "./train-it-here.css";

if (isWorker) {
  serve(makeTasks());
} else {
  const tool = new Tool("ti", "Train it here");
  tool.open(async () => {
    const page = new Page(tool, new Background(makeTasks()), drawings());
    await page.open(lesson());
    // For tests to ask.
    globalThis.trainItHere = { page };
    return page;
  });
}
