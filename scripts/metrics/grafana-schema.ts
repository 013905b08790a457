/**
 * The part of Grafana's dashboard schema (`Dashboard` of `@grafana/schema`, schema version 39) that our dashboard uses, by
 * its own names.
 */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: string[];
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly timezone: string;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: VariableModel[] };
  readonly panels: Placed[];
}

export interface DataSourceRef {
  readonly type: string;
  readonly uid: string;
}

export interface VariableModel {
  readonly name: string;
  readonly label: string;
  readonly type: 'datasource' | 'query';
  readonly query: string;
  readonly datasource?: DataSourceRef;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly text: string; readonly value: string };
  /** 2: at every change of the time range. */
  readonly refresh?: 2;
  /** 1: by the alphabet. */
  readonly sort?: 1;
}

/** The board is 24 units wide. */
export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly type: 'timeseries' | 'state-timeline';
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSourceRef;
  readonly targets: Target[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly min?: number };
    readonly overrides: [];
  };
}

/** A question to Prometheus. */
export interface Target {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly expr: string;
  readonly legendFormat: string;
  readonly range: boolean;
}

export interface RowPanel {
  readonly type: 'row';
  readonly title: string;
  readonly collapsed: boolean;
  readonly panels: [];
}

/** A panel or the head of a row, in its place. */
export type Placed = (Panel | RowPanel) & { readonly id: number; readonly gridPos: GridPos };
