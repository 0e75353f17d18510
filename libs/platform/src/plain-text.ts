/**
 * Whether a text for people says the same to each of them (DCR-16): one canonical spelling (NFC), no control, no line break, nothing that is
 * invisible or turns the text around.
 */
export const isPlainText = (text: string): boolean =>
  text === text.normalize('NFC') && !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
