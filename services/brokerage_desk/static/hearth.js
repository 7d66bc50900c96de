// Counts down what the server said, and asks it again. The server alone knows what is open.
const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const words = (seconds) => {
  const counts = [];
  for (const [size, unit] of units) { counts.push([Math.floor(seconds / size), unit]); seconds %= size; }
  const first = Math.max(0, counts.findIndex(([count]) => count > 0));
  return (first === 0 && counts[0][0] === 0 ? counts.slice(3) : counts.slice(first, first + 2)).map((each) => each.join(" ")).join(" ");
};
let renderedAt = performance.now();
const tick = () => {
  const passed = (performance.now() - renderedAt) / 1000;
  for (const each of document.querySelectorAll("[data-left]")) {
    const left = Math.ceil(Number(each.dataset.left) - passed);
    each.textContent = left > 0 ? `${words(left)} left` : "closed to answers";
    each.classList.toggle("over", left <= 0);
    if (left <= 0) each.closest("[data-closes]")?.querySelectorAll(".acts form").forEach((form) => form.remove());
  }
};
// Nobody's half-filled form, open answer or place on the page is taken away by a refresh.
const isTouched = (each) => each.tagName === "SELECT"
  ? each.selectedIndex !== Math.max(0, [...each.options].findIndex((one) => one.defaultSelected))
  : each.value !== each.defaultValue || each.checked !== each.defaultChecked;
const isBusy = () => {
  const main = document.querySelector("main");
  return main.contains(document.activeElement) || main.querySelector("details[open]")
    || [...main.querySelectorAll("select, input:not([type=hidden])")].some(isTouched);
};
const refresh = async () => {
  if (document.hidden || document.querySelector(".sign-in, [data-still]") || isBusy()) return;
  const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || isBusy()) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const said = document.querySelector("main > .answer");
  if (said) page.prepend(said);
  document.querySelector("main").replaceWith(page);
  renderedAt = performance.now();
  tick();
};
// What was answered is said once: loading the page again does not say it again.
if (location.search.startsWith("?answer=")) history.replaceState(null, "", location.pathname);
setInterval(tick, 1000);
setInterval(refresh, 5000);
