/** Passwords of eight characters or more that everybody tries first, in lower case. */

export const COMMONEST: ReadonlySet<string> = new Set([
  "password", "password1", "password12", "password123", "password!", "passw0rd", "p@ssw0rd", "p@ssword",
  "12345678", "123456789", "1234567890", "0123456789", "87654321", "987654321", "0987654321", "123123123",
  "11111111", "111111111", "00000000", "000000000", "22222222", "55555555", "66666666", "77777777",
  "88888888", "99999999", "12341234", "11223344", "112233445566", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx",
  "1qazxsw2", "q1w2e3r4", "q1w2e3r4t5", "zaq12wsx", "qwertyui", "qwertyuiop", "qwerty12", "qwerty123",
  "qwerty1234", "qwer1234", "asdfghjk", "asdfghjkl", "asdf1234", "zxcvbnm1", "zxcvbnm123", "qazwsxedc",
  "abcd1234", "abc12345", "abcdefgh", "abcdefghi", "a1b2c3d4", "aa123456", "a1234567", "a12345678",
  "iloveyou", "iloveyou1", "iloveyou2", "princess", "princess1", "sunshine", "sunshine1", "football",
  "football1", "baseball", "baseball1", "superman", "superman1", "starwars", "welcome1", "welcome123",
  "letmein1", "letmein123", "trustno1", "whatever", "michelle", "jennifer", "jonathan", "computer",
  "internet", "samantha", "changeme", "changeme1", "administrator", "admin123", "admin1234", "administrator1",
  "dragon123", "monkey123", "master123", "shadow123", "charlie1", "michael1", "liverpool", "chocolate",
  "butterfly", "hello123", "test1234", "testtest", "guest123", "default1", "pitchey1", "pitchey123",
]);
