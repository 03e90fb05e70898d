/**
 * The candidate nearest to a misspelled name, or undefined where none is near enough to be what was meant.
 *
 * @param name What the user wrote
 * @param candidates The names that would be right
 * @example
 * ```ts
 * suggest("hostNetwrok", ["hostNetwork", "hostPID"]); // "hostNetwork"
 * ```
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate.toLowerCase() === name.toLowerCase()) return candidate;
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name, candidate, limit);
    // Names that have nothing in common are not near.
    if (distance < bestDistance && distance < Math.min(name.length, candidate.length))
      [best, bestDistance] = [candidate, distance];
  }
  return best;
}

const maxListed = 12;

/** What to write instead of an unknown field, as the rest of a sentence: the nearest known one, or all that are known. */
export function adviseOnName(name: string, known: readonly string[]): string {
  const near = suggest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  if (known.length === 0) return "no fields are known here";
  const listed = known.slice(0, maxListed).join(", ");
  return `known are ${listed}${known.length > maxListed ? `, and ${known.length - maxListed} more` : ""}`;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours count one each. Beyond
 * `limit` the number is only known to be beyond.
 */
function editDistance(a: string, b: string, limit: number): number {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length - start + 1 }, (_, j) => j);
  for (let i = start + 1; i <= a.length; i++) {
    const row = [i - start];
    for (let j = start + 1; j <= b.length; j++) {
      const to = j - start;
      const substituted = at(last, to - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(last, to) + 1, at(row, to - 1) + 1, substituted);
      const swapped = i > start + 1 && to > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, to - 2) + 1);
      row.push(cost);
    }
    if (Math.min(...row, ...last) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return at(last, b.length - start);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
