// @ts-check
// What every explorable says, in Arabic.

/** @type {import("../lib/tongues.js").Dictionary} */
export const ar = {
  "Part of this page’s address makes no sense here, so it was left out; the rest is shown.":
    "جزء من عنوان هذه الصفحة غير مفهوم هنا، فتُرك؛ ويُعرض الباقي.",
  "This drawing is too long for a link, so it is left out of it.":
    "هذا الرسم أطول من أن يتسع له رابط، فتُرك خارجه.",
  "This part of the page cannot run in this browser.":
    "لا يمكن تشغيل هذا الجزء من الصفحة في هذا المتصفح.",
  "it holds {holds}.": "وهو يحمل {holds}.",
  "it holds the rest.": "وهو يحمل ما سوى ذلك.",
  "The link is copied: {brings}": "نُسخ الرابط: {brings}",
  "Copy the address of this page: {brings}": "انسخ عنوان هذه الصفحة: {brings}",
  "Copy {address}: {brings}": "انسخ {address}: {brings}",
  "A line of HTML that shows this in another page": "سطر HTML يعرض هذا في صفحة أخرى",
  "Embed this": "تضمين هذا",
  "Paste this line into a page of yours: it shows what you see here, as it is now.":
    "الصق هذا السطر في صفحة لك: يعرض ما تراه هنا كما هو الآن.",
  "Paste this line into a page of yours.": "الصق هذا السطر في صفحة لك.",
  From: "من",
  "drawings:": "الرسوم:",
  "Copy link": "نسخ الرابط",
};
