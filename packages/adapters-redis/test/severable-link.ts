export { SeverableLink } from '../../../test/servers/severable-link.ts';
