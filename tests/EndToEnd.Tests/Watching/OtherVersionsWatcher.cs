using System.Net.Sockets;
using Monorepo.Formats.Watching;

namespace Monorepo.EndToEnd.Tests.Watching;

/// <summary>Stands for the watcher of a program of another version: holds the lock, refuses every question, and ends when it is told to.</summary>
internal sealed class OtherVersionsWatcher : IDisposable
{
    private const ushort Version = 77;

    private readonly FileStream _lock;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <param name="folder">The clone's <c>.mr/watcher</c>.</param>
    public OtherVersionsWatcher(string folder)
    {
        Directory.CreateDirectory(folder);

        // The runtime's way to share nothing is flock, as the watcher's.
        _lock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "socket")));
        _listener.Listen();
        Ended = RunAsync();
    }

    /// <summary>Ends when it was told to.</summary>
    public Task Ended { get; }

    public void Dispose()
    {
        _listener.Dispose();
        _lock.Dispose();
    }

    private async Task RunAsync()
    {
        byte[] header = new byte[WatchFrame.HeaderBytes];
        WatchFrame asked = default;
        while (asked.Message != WatchMessage.Stop)
        {
            using Socket connection = await _listener.AcceptAsync();
            await using NetworkStream stream = new(connection);
            await stream.ReadExactlyAsync(header);
            asked = WatchFrame.Read(header, WatchFrame.QuestionBytesMax);
            await stream.ReadExactlyAsync(new byte[asked.PayloadBytes]);
            new WatchFrame(Version, asked.Message == WatchMessage.Stop ? WatchMessage.Answer : WatchMessage.Refused, PayloadBytes: 0).Write(header);
            await stream.WriteAsync(header);
        }

        Dispose();
    }
}
