import { collectDefaultMetrics, type OpenMetricsContentType, Registry, type RegistryContentType } from 'prom-client';

/** What a scraper is answered. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Against Prometheus' own rules: `_total` is for counters. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** A registry with what there is to tell of every process of Node.js. */
export function createRegistry(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  // Metrics with exemplars are taken only by a registry that is in this form when they are made.
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

/** Writes a registry in the form that a scraper asks for: OpenMetrics, which has exemplars, or Prometheus' older one. */
export class Writer {
  readonly #registry: Pick<Registry<OpenMetricsContentType>, 'getMetricsAsArray' | 'metrics'> & {
    setContentType(contentType: RegistryContentType): void;
  };
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry<OpenMetricsContentType>) {
    this.#registry = registry;
  }

  /** One at a time: the form is a property of the registry. */
  write(accept: string | undefined): Promise<Exposition> {
    const isOpenMetrics = accept?.includes('application/openmetrics-text') === true;
    const form = isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
    const turn = this.#last.then(() => this.#write(form));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #write(contentType: RegistryContentType): Promise<Exposition> {
    // prom-client takes `_total` off the name of a counter when it writes OpenMetrics, and leaves it off.
    for (const metric of this.#registry.getMetricsAsArray()) {
      if (String(metric.type) === 'counter' && !metric.name.endsWith('_total')) metric.name += '_total';
    }
    this.#registry.setContentType(contentType);
    return { contentType, text: await this.#registry.metrics() };
  }
}
