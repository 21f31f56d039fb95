// The page's switches, kept over a reload, and the reload when something has changed.
"use strict";

const root = document.documentElement;
const frame = document.querySelector("iframe");
const kept = ["tab", "width", "colours"];

const byId = (id) => document.getElementById(id);

function choose() {
  const query = new URLSearchParams({ edition: byId("edition").value, look: byId("look").value });
  location.search = query.toString();
}

function showMail() {
  const address = new URL(root.dataset.mail, location.href);
  const client = byId("client").value;
  if (client) address.searchParams.set("client", client);
  if (byId("forced").checked) address.searchParams.set("forced", "1");
  if (!byId("images").checked) address.searchParams.set("images", "off");
  byId("approximate").hidden = !client;
  const wanted = address.pathname + address.search;
  if (frame.getAttribute("src") !== wanted) frame.setAttribute("src", wanted);
}

function keep() {
  for (const name of kept) {
    const chosen = document.querySelector(`input[name="${name}"]:checked`);
    if (chosen) sessionStorage.setItem(name, chosen.id);
  }
  sessionStorage.setItem("images", byId("images").checked ? "on" : "off");
  sessionStorage.setItem("client", byId("client").value);
}

function restore() {
  for (const name of kept) {
    const chosen = byId(sessionStorage.getItem(name) || "");
    if (chosen) chosen.checked = true;
  }
  byId("images").checked = sessionStorage.getItem("images") !== "off";
  byId("client").value = sessionStorage.getItem("client") || "";
}

if (frame) {
  restore();
  showMail();
  byId("edition").addEventListener("change", choose);
  byId("look").addEventListener("change", choose);
  document.querySelector("main").addEventListener("change", () => {
    keep();
    showMail();
  });
}

const changes = new EventSource(`/changes?version=${encodeURIComponent(root.dataset.version)}`);
changes.addEventListener("changed", () => {
  changes.close();
  location.reload();
});
