using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Watching;

/// <summary>Frames over a connected socket.</summary>
internal static class WatchConnection
{
    /// <exception cref="IOException">The other side went away, was too slow, or sent no frame.</exception>
    public static (WatchFrame Frame, byte[] Payload) Read(FileDescriptor connection, int payloadBytesMax)
    {
        byte[] header = new byte[WatchFrame.HeaderBytes];
        Fill(connection, header);
        WatchFrame frame = WatchFrame.Read(header, payloadBytesMax);
        byte[] payload = new byte[frame.PayloadBytes];
        Fill(connection, payload);
        return (frame, payload);
    }

    /// <exception cref="IOException">The other side went away or was too slow.</exception>
    public static void Write(FileDescriptor connection, WatchMessage message, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[WatchFrame.HeaderBytes + payload.Length];
        new WatchFrame(WatchFrame.VersionNow, message, payload.Length).Write(frame);
        payload.CopyTo(frame.AsSpan(WatchFrame.HeaderBytes));
        PosixFile.Write(connection, frame);
    }

    private static void Fill(FileDescriptor connection, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = PosixFile.Read(connection, buffer);
            if (count == 0)
                throw new WatchFormatException("The connection ended within a frame.");
            buffer = buffer[count..];
        }
    }
}
