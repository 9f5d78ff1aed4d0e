using System.Buffers.Binary;
using System.Globalization;

namespace Monorepo.Native.Posix;

/// <summary>
/// Blocking Unix sockets: few calls, no event loop, nothing to set up in a process that asks one question. Reading and writing is
/// <see cref="PosixFile"/>'s; a call that takes longer than the timeout fails with <see cref="Errno.TryAgain"/>.
/// </summary>
public static unsafe class UnixSocket
{
    /// <summary>Connections that may wait to be accepted.</summary>
    private const int Backlog = 64;

    private const int UnixFamily = 1;
    private const int StreamType = 1;
    private const int CloseOnExecType = 0x80000;
    private const int SocketLevel = 1;
    private const int ReceiveTimeout = 20;
    private const int SendTimeout = 21;
    private const int ShutdownBoth = 2;

    // Of sun_path, with the NUL behind it.
    private const int PathBytesMax = 108;

    /// <summary>Listens at a name in a directory, however long the directory's path is. The name must be free.</summary>
    public static Errno Listen(FileDescriptor directory, ReadOnlySpan<byte> name, out FileDescriptor? listener) => Open(directory, name, TimeSpan.Zero, isListener: true, out listener);

    /// <summary>Connects to a name in a directory. <see cref="Errno.ConnectionRefused"/>: nobody listens there any more.</summary>
    /// <param name="directory">Open.</param>
    /// <param name="name">Of the socket.</param>
    /// <param name="timeout">Of connecting, and of each read and write after it.</param>
    /// <param name="connection">Open when the call succeeds.</param>
    public static Errno Connect(FileDescriptor directory, ReadOnlySpan<byte> name, TimeSpan timeout, out FileDescriptor? connection) => Open(directory, name, timeout, isListener: false, out connection);

    /// <summary>Waits for a connection. <see cref="Errno.Invalid"/>: <see cref="Shutdown"/> was called.</summary>
    public static Errno Accept(FileDescriptor listener, TimeSpan timeout, out FileDescriptor? connection)
    {
        Errno errno = FileDescriptor.Take(NativeMethods.accept4(listener, null, null, CloseOnExecType), out connection);
        if (errno == Errno.None)
            SetTimeout(connection!, timeout);
        return errno;
    }

    /// <summary>Wakes whoever waits in <see cref="Accept"/>, or reads.</summary>
    public static void Shutdown(FileDescriptor socket) => _ = NativeMethods.shutdown(socket, ShutdownBoth);

    private static Errno Open(FileDescriptor directory, ReadOnlySpan<byte> name, TimeSpan timeout, bool isListener, out FileDescriptor? socket)
    {
        socket = null;
        Errno made = FileDescriptor.Take(NativeMethods.socket(UnixFamily, StreamType | CloseOnExecType, 0), out FileDescriptor? taken);
        if (made != Errno.None)
            return made;
        FileDescriptor opened = taken!;
        bool added = false;
        directory.DangerousAddRef(ref added);
        try
        {
            // A path by the descriptor fits whatever the directory is called.
            Span<byte> address = stackalloc byte[2 + PathBytesMax];
            address.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(address, UnixFamily);
            byte[] path = [.. System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)directory.DangerousGetHandle()}/")), .. name];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(path.Length, PathBytesMax, nameof(name));
            path.CopyTo(address[2..]);
            SetTimeout(opened, timeout);
            fixed (byte* pointer = address)
            {
                int result = isListener
                    ? NativeMethods.bind(opened, pointer, (uint)(2 + path.Length + 1))
                    : NativeMethods.connect(opened, pointer, (uint)(2 + path.Length + 1));
                if (result != 0 || (isListener && NativeMethods.listen(opened, Backlog) != 0))
                {
                    made = PosixFile.LastErrno();
                    opened.Dispose();
                    return made;
                }
            }
        }
        finally
        {
            directory.DangerousRelease();
        }

        socket = opened;
        return Errno.None;
    }

    private static void SetTimeout(FileDescriptor socket, TimeSpan timeout)
    {
        long* value = stackalloc long[2] { (long)timeout.TotalSeconds, timeout.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond };
        _ = NativeMethods.setsockopt(socket, SocketLevel, ReceiveTimeout, value, 2 * sizeof(long));
        _ = NativeMethods.setsockopt(socket, SocketLevel, SendTimeout, value, 2 * sizeof(long));
    }
}
