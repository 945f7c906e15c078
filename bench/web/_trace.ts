const URL_PATH = '/webhooks/customhttp';
const HOUR = 3_600_000;

/** A change of many parts: one ticket, and of it pull requests with their pipelines, builds and deployments. */
export async function tellTrace(server: string, spans: number, to: number): Promise<string> {
  const root = { id: 'root', namespace: 'bench', type: 'issue' };
  const from = to - spans * HOUR;
  const events: object[] = [
    { ...root, action: 'start', title: 'A change of many parts', stage: 'To do', time: iso(from) },
    { ...root, action: 'transition', stage: 'In progress', time: iso(from + HOUR) },
  ];
  for (let part = 0; events.length < 2 * spans; part += 1) events.push(...partOf(part, from + part * 5 * HOUR));
  for (let start = 0; start < events.length; start += 200) {
    const body = JSON.stringify(events.slice(start, start + 200));
    const answer = await fetch(`${server}${URL_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  }
  return 'vstrace-customhttp-issue-bench-root';
}

const iso = (at: number) => new Date(at).toISOString();

/** Five spans: a pull request, its pipeline with two builds, and a deployment. */
function partOf(part: number, at: number): object[] {
  const idOf = (type: string, id: string) => `vstrace-customhttp-${type}-bench-${id}`;
  const common = { namespace: 'bench' };
  const pull = { ...common, id: `${part}`, type: 'pull_request' };
  const run = { ...common, id: `${part}`, type: 'pipeline' };
  const deploy = { ...common, id: `${part}`, type: 'deploy', environment: 'production' };
  const build = (name: string) => ({ ...common, id: `${part}.${name}`, type: 'build' });
  const under = (type: string, id = `${part}`) => ({ parent_id: idOf(type, id) });
  return [
    {
      ...pull,
      ...under('issue', 'root'),
      action: 'start',
      title: `Part ${part}`,
      stage: 'awaiting_review',
      time: iso(at),
    },
    { ...pull, action: 'end', time: iso(at + 3 * HOUR) },
    { ...run, ...under('pull_request'), action: 'start', title: `CI of part ${part}`, time: iso(at + HOUR) },
    { ...build('a'), ...under('pipeline'), action: 'start', title: 'Build', time: iso(at + HOUR) },
    { ...build('a'), action: 'end', error: part % 17 === 0, time: iso(at + 1.2 * HOUR) },
    { ...build('b'), ...under('pipeline'), action: 'start', title: 'Test', time: iso(at + 1.2 * HOUR) },
    { ...build('b'), action: 'end', time: iso(at + 1.6 * HOUR) },
    { ...run, action: 'end', time: iso(at + 1.7 * HOUR) },
    { ...deploy, ...under('pipeline'), action: 'start', title: `Deploy part ${part}`, time: iso(at + 4 * HOUR) },
    { ...deploy, action: 'end', time: iso(at + 4.2 * HOUR) },
  ];
}
