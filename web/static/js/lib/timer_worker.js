// Rings for a page whose own timers are slowed down while it is hidden.

self.onmessage = ({ data }) => {
  setTimeout(() => self.postMessage(data.id), data.milliseconds);
};
