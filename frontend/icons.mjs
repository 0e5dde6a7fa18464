// The icons of Tabler that the pages use; only these go into the sprite, with our own of drawn/.
export const ICONS = [
  "activity", "adjustments-horizontal", "affiliate", "alert-circle", "alert-triangle", "archive", "arrow-back-up", "arrow-forward-up", "arrow-left", "arrows-exchange", "arrows-split", "at", "baseline-density-medium", "baseline-density-small", "bell", "bolt",
  "bookmark", "building", "check", "chevron-down", "chevron-left", "chevron-right", "circle", "circle-check",
  "circle-dashed", "circle-dot", "circle-half-2", "circle-x", "clock", "clock-check", "clock-exclamation", "clock-pause", "clock-x",
  "code", "command", "copy", "device-desktop", "dots", "download", "external-link", "eye", "file", "file-text",
  "filter", "flag-3", "git-merge", "help-circle", "history", "home", "hourglass", "inbox", "info-circle", "key",
  "keyboard", "headset", "phone-incoming", "phone-outgoing", "phone-off", "phone-call", "microphone", "player-play", "shield-question", "shield-lock", "number", "language", "link", "list-details", "lock", "lock-open", "login-2", "logout", "mail", "mail-exclamation",
  "mail-off", "mail-question", "menu-2", "message", "moon", "note", "paperclip", "pencil", "phone", "photo",
  "player-pause", "plus", "question-mark", "refresh", "search", "send", "server", "settings", "shield-check",
  "calendar-event", "certificate", "rss", "speakerphone", "truck", "star", "sun", "tag", "trash", "user", "user-check", "user-off", "user-plus", "users", "world", "x",
  "bell-ringing", "chevron-up", "calendar-user", "grip-vertical", "layout-kanban", "player-track-next", "printer", "route", "target",
];
