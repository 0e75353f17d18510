/** The roll's name is the issuer's without its scheme (C2SP tlog-checkpoint, "Note text"). */
export const rollName = (issuer: string): string => `${issuer.replace(/^https?:\/\//, '')}/roll/main`;
