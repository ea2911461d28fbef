/** Characters of a line that are worth showing: compilers print long ones. */
const LONGEST = 100;

/**
 * Shows where a build is: the Dockerfile step, with what the step printed last.
 * @returns what to show for each line of build output, in order
 */
export function stepDescriber(): (line: string) => string {
  let step = "";
  return (line) => {
    const [, number, instruction] = /^Step (\d+\/\d+) : (.*)$/.exec(line) ?? [];
    if (number !== undefined) step = `step ${number}: `;
    return `${step}${(instruction ?? line).trim()}`.slice(0, LONGEST);
  };
}
