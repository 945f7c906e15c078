import { BookOpen, Hourglass, Inbox, LayoutDashboard, ListTree, Plug } from '../ui/icon.ts';

/** What the navigation, the command palette and the shortcuts lead to. */
export const pages = [
  {
    to: '/',
    title: 'Overview',
    icon: LayoutDashboard,
    key: 'o',
    says: 'the five DORA measures, what is open, what was deployed',
  },
  {
    to: '/time',
    title: 'Where time goes',
    icon: Hourglass,
    key: 'w',
    says: 'stages of the lead time, flow, waiting and working',
  },
  { to: '/traces', title: 'Traces', icon: ListTree, key: 't', says: 'from ticket to production' },
  {
    to: '/deliveries',
    title: 'Deliveries',
    icon: Inbox,
    key: 'd',
    says: 'webhooks as they arrived, dead letters, replay',
  },
  { to: '/sources', title: 'Sources', icon: Plug, key: 's', says: 'set-up and health of what sends webhooks' },
  { to: '/definitions', title: 'Definitions', icon: BookOpen, key: 'm', says: 'what every number means' },
] as const;
