import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FOLDER = new URL('../../grafana/', import.meta.url);

interface Target {
  readonly expr: string;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly current: { readonly value?: string | readonly string[] };
}

interface DashboardFile {
  readonly uid: string;

  readonly title: string;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly {
    readonly type: string;
    readonly title: string;
    readonly targets?: readonly Target[];
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }[];
}

/** A query of a panel, as Grafana would send it. */
export interface PanelQuery {
  /** `delivery: Average (issue)`. */
  readonly name: string;
  readonly expression: string;
}

export const dashboardNames = readdirSync(new URL('dashboards/', FOLDER)).map((file) => file.replace(/\.json$/, ''));

export function dashboard(name: string): DashboardFile {
  return JSON.parse(readFileSync(new URL(`dashboards/${name}.json`, FOLDER), 'utf8'));
}

/** Every query, with everything selected that can be, and looking back one hour; once for each row that is repeated. */
export function queriesOf(name: string): PanelQuery[] {
  const { panels, templating } = dashboard(name);
  const operations = templating.list.find((variable) => variable.name === 'operation')?.current.value ?? [];
  return panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) =>
      (expr.includes('$operation') ? [operations].flat() : ['']).map((operation) => ({
        name: `${name}: ${title}${operation === '' ? '' : ` (${operation})`}`,
        expression: filledIn(expr, operation),
      })),
    ),
  );
}

/** What Grafana puts in place of its variables. */
function filledIn(expression: string, operation: string): string {
  return expression
    .replaceAll('$__range_s', '3600')
    .replaceAll('$__range', '1h')
    .replaceAll('$__rate_interval', '1h')
    .replaceAll('$operation', operation)
    .replaceAll(/\$(source|project|environment|job)\b/g, '.*');
}

/** What the variables of a dashboard are filled from, as the label and the series that have it. */
export function variablesOf(name: string): { readonly label: string; readonly match: string }[] {
  const { templating } = dashboard(name);
  return templating.list.flatMap(({ type, query }) => {
    if (type !== 'query' || typeof query === 'string') return [];
    const { match, label } = /^label_values\((?<match>.+), (?<label>\w+)\)$/.exec(query.query)?.groups ?? {};
    if (match === undefined || label === undefined) throw new Error(`what is ${query.query}?`);
    return [{ label, match: filledIn(match, '') }];
  });
}

export const alertsFile = new URL('valuestream-alerts.yml', FOLDER).pathname;
export const alertTests = new URL('valuestream-alerts.test.yml', FOLDER).pathname;

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
}

export const alertRules: readonly AlertRule[] = (
  parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: AlertRule[] }[] }
).groups.flatMap(({ rules }) => rules);

/** A file of `grafana/provisioning`, as Grafana would read it. */
export function provisioning(path: string): unknown {
  return parse(readFileSync(new URL(`provisioning/${path}`, FOLDER), 'utf8'));
}

/** Every data source that anything of a dashboard names, each once. */
export function dataSourcesOf(name: string): string[] {
  const found = new Set<string>();
  JSON.parse(readFileSync(new URL(`dashboards/${name}.json`, FOLDER), 'utf8'), (key, value) => {
    if (key === 'datasource') found.add(typeof value === 'string' ? value : `${value.type} ${value.uid}`);
    return value;
  });
  return [...found];
}
