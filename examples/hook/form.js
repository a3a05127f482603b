// A text field that asks fritext while somebody writes, and once more before it is saved.
"use strict";

const PAUSE = 250; // milliseconds without a key before it is asked
const WAIT = 1000; // milliseconds for an answer

const form = document.querySelector("form[data-fritext]");
const field = document.getElementById("text");
const told = document.getElementById("told");
const instead = document.getElementById("instead");
let asking = new AbortController();
let pause;

async function ask() {
  // A newer text makes an older question pointless.
  asking.abort();
  asking = new AbortController();
  const response = await fetch(`${form.dataset.fritext}/v1/check`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    // JavaScript counts in UTF-16, and so do start and end of findings then.
    body: JSON.stringify({ system: form.dataset.system, field: form.dataset.field, text: field.value, offsets: "utf16" }),
    signal: AbortSignal.any([asking.signal, AbortSignal.timeout(WAIT)]),
  });
  if (!response.ok) throw new Error((await response.json()).title);
  return response.json();
}

function show(answer) {
  const findings = answer.findings.filter((f) => f.action !== "allow" && f.message);
  const messages = [...new Set(findings.map((f) => f.message))];
  told.replaceChildren(...messages.map((message) => {
    const item = document.createElement("li");
    item.textContent = message; // text, never markup
    return item;
  }));
  const refused = answer.verdict === "redact" || answer.verdict === "block";
  field.setAttribute("aria-invalid", String(refused));
  field.dataset.verdict = answer.verdict;
  instead.hidden = answer.suggested_text === undefined;
  document.getElementById("wording").textContent = answer.suggested_text ?? "";
  return !refused;
}

field.addEventListener("input", () => {
  delete field.dataset.verdict;
  clearTimeout(pause);
  pause = setTimeout(() => ask().then(show).catch(() => {}), PAUSE);
});

document.getElementById("use").addEventListener("click", () => {
  field.value = document.getElementById("wording").textContent;
  field.dispatchEvent(new Event("input"));
  field.focus();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(pause);
  let save;
  try {
    save = show(await ask());
  } catch {
    // Nobody answered: this form saves all the same; its server asks again before it writes.
    save = true;
  }
  if (save) form.submit();
});
