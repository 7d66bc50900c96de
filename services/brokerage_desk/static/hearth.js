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
    if (left <= 0) each.closest("article")?.querySelectorAll("form").forEach((form) => form.remove());
  }
};
const isBusy = () => document.activeElement?.closest("form") || [...document.querySelectorAll("main select, main input[type=date]")].some((each) => each.value);
const refresh = async () => {
  if (isBusy() || document.hidden || document.querySelector(".sign-in")) return;
  const answer = await fetch("/", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  renderedAt = performance.now();
  tick();
};
setInterval(tick, 1000);
setInterval(refresh, 5000);
