/** The functions of the kernel that `src/scan/kernel.ts` may call. Addresses are offsets in the kernel's memory. */
export { addUnique, beginCheck, checkEntity } from './check';
export { scanElements } from './elements';
export { countNewlines, scanLines } from './lines';
export { beginMembers, wantMember } from './members';
export { addRule, beginProject, projectEntities, projectedEnd } from './project';
export { beginRows } from './rows';
export { clearSelection, select, wantAll } from './selection';
export { skipValue } from './skip';
