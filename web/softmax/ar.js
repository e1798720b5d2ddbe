// @ts-check
// What the softmax page says, in Arabic.

import { ar as shared } from "../surface/ar.js";

/** @type {import("../lib/tongues.js").Dictionary} */
export const ar = {
  ...shared,
  "Softmax and surprise": "سوفتماكس والمفاجأة",
  "Five logits; the mark shows the right name": "خمس قيم لوجيت؛ والعلامة تبيّن الاسم الصحيح",
  "Ways to be sure or not": "طرق لليقين أو الشك",
  "Sure and right": "واثق ومصيب",
  "Sure and wrong": "واثق ومخطئ",
  Undecided: "متردد",
  "Add 1 to all": "أضف 1 إلى الكل",
  "Take 1 from all": "اطرح 1 من الكل",
  "right name": "الاسم الصحيح",
  "The right name": "الاسم الصحيح",
  "logit z": "اللوجيت z",
  probability: "الاحتمال",
  sum: "المجموع",
  "Temperature T": "درجة الحرارة T",
  "Logit of {name}": "لوجيت {name}",
  "A logit would leave the sliders, which go from {least} to {most}.":
    "سيخرج أحد اللوجيتات عن المنزلقات، وهي تمتد من {least} إلى {most}.",
  "The loss: surprise at the right name": "الخسارة: المفاجأة بالاسم الصحيح",
  "loss = {formula}": "الخسارة = {formula}",
  "Who gives every name the same pays {even}": "من يساوي بين كل الأسماء يدفع {even}",
  ": so does this.": "، وكذلك هنا.",
  "; this is less, and the name with the highest share is right.":
    "؛ وهنا أقل، والاسم ذو النصيب الأكبر صحيح.",
  "; this is less, and the name with the highest share is wrong.":
    "؛ وهنا أقل، والاسم ذو النصيب الأكبر خطأ.",
  "; this is more, and the name with the highest share is right.":
    "؛ وهنا أكثر، والاسم ذو النصيب الأكبر صحيح.",
  "; this is more, and the name with the highest share is wrong.":
    "؛ وهنا أكثر، والاسم ذو النصيب الأكبر خطأ.",
  "{name} has {share}, the loss is {loss}.": "نصيب {name} هو {share}، والخسارة {loss}.",
  "−ln p: the less a network gave to the right name, the more it pays":
    "\u2066−ln p\u2069: كلما قلّ ما أعطته الشبكة للاسم الصحيح زاد ما تدفعه",
  "The curve of −ln p": "منحنى \u2066−ln p\u2069",
  "The curve of −ln p; at p = {share} it is {loss}":
    "منحنى \u2066−ln p\u2069؛ عند p = {share} قيمته {loss}",
  "p of the right name": "p للاسم الصحيح",
  "What the book’s classifier says of a noisy drawing": "ما يقوله مصنِّف الكتاب عن رسم مشوَّش",
  "{category}, drawing {number}, noise {level}": "{category}، الرسم {number}، الضجيج {level}",
  "the logits, the temperature and the right name": "قيم اللوجيت ودرجة الحرارة والاسم الصحيح",
  fish: "سمكة",
  cat: "قطة",
  pineapple: "أناناس",
  cup: "فنجان",
  jacket: "سترة",
};
