/* Where a key leads in a grid of `count` cards in rows of `columns`; null where it leads nowhere. */
export function cardAt(key, here, count, columns) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (step !== undefined) return here + step >= 0 && here + step < count ? here + step : null;
  return { Home: 0, End: count - 1 }[key] ?? null;
}
