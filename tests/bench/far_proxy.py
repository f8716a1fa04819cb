"""A store that is far away: a TCP proxy on loopback behind which everything arrives half a round trip later, a connection's
beginning too. It has a thread of its own, and a queue for each direction of a connection, so that bytes that follow each
other aren't delayed one after the other."""

import asyncio
import collections
import threading

PIECE = 1 << 16


class FarProxy:
    """with FarProxy(port, seconds) as proxy: proxy.port is as far from here as `seconds` for a round trip."""

    def __init__(self, port, seconds):
        self.target, self.half = port, seconds / 2

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def _serve(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0, limit=PIECE, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        server.close()
        self.loop.close()

    async def _accept(self, reader, writer):
        # The kernel has accepted already: what the client sends at once is a round trip early.
        opened = self.loop.time()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target, limit=PIECE)
        except OSError:
            writer.close()
            return
        begun = opened + 2 * self.half
        await asyncio.gather(self._carry(reader, far_writer, begun), self._carry(far_reader, writer, begun),
                             return_exceptions=True)

    async def _carry(self, reader, writer, begun):
        pieces, more = collections.deque(), asyncio.Event()

        async def send():
            while True:
                while not pieces:
                    more.clear()
                    await more.wait()
                due, piece = pieces.popleft()
                if due > self.loop.time():
                    await asyncio.sleep(due - self.loop.time())
                if not piece:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()
        sending = self.loop.create_task(send())
        try:
            while True:
                piece = await reader.read(PIECE)
                pieces.append((max(self.loop.time(), begun) + self.half, piece))
                more.set()
                if not piece:
                    break
        except OSError:
            pieces.append((0, b""))
            more.set()
        try:
            await sending
        except OSError:
            writer.close()
