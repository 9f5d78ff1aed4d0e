using System.Buffers.Binary;
using System.Net.Sockets;

namespace Monorepo.EndToEnd.Tests.Watching;

/// <summary>Stands for the watcher of a program of another version: holds the lock, refuses every question, and ends when it is told to.</summary>
internal sealed class OtherVersionsWatcher : IDisposable
{
    // FORMAT.md of the watcher's frames: the magic, the version, the message, the payload's length.
    private const int HeaderBytes = 16;
    private const int VersionOffset = 8;
    private const int MessageOffset = 10;
    private const int LengthOffset = 12;
    private const ushort Version = 77;
    private const ushort Stop = 1;
    private const ushort Answer = 0x80;
    private const ushort Refused = 0x81;

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
        byte[] header = new byte[HeaderBytes];
        ushort asked = 0;
        while (asked != Stop)
        {
            using Socket connection = await _listener.AcceptAsync();
            await using NetworkStream stream = new(connection);
            await stream.ReadExactlyAsync(header);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(LengthOffset))]);
            asked = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(MessageOffset));
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(VersionOffset), Version);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(MessageOffset), asked == Stop ? Answer : Refused);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(LengthOffset), 0);
            await stream.WriteAsync(header);
        }

        Dispose();
    }
}
