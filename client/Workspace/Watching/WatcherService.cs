using System.Globalization;
using System.Text;
using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Watching;

/// <summary>
/// The watcher of one directory: answers questions over its socket until it is told to end, the directory goes away, or nobody asks for long.
/// The connection's half is here; what is answered is <see cref="WatcherAnswers"/>'s.
/// </summary>
public sealed class WatcherService : IDisposable
{
    // Whoever connects has the question at hand.
    private static readonly TimeSpan s_questionTimeout = TimeSpan.FromSeconds(2);

    private readonly WatcherOptions _options;
    private readonly FileDescriptor _lock;
    private readonly FileDescriptor _listener;
    private readonly WatcherAnswers _answers;
    private readonly ManualResetEventSlim _ended = new();
    private readonly ITimer _idle;
    private readonly Thread _accepting;
    private int _disposed;

    private WatcherService(WatcherPaths paths, WatcherOptions options, FileDescriptor held)
    {
        _options = options;
        _lock = held;
        if (Directory.Exists(paths.Cookies))
            Directory.Delete(paths.Cookies, recursive: true);
        Directory.CreateDirectory(paths.Cookies);
        File.Delete(paths.Socket);
        byte[] folder = Encoding.UTF8.GetBytes(paths.Folder);
        PosixDirectory.Open(folder, OpenFlags.Directory, 0, out FileDescriptor? directory).ThrowIfFailed("open", folder);
        using (directory)
        {
            UnixSocket.Listen(directory!, WatcherPaths.SocketName, out FileDescriptor? listener).ThrowIfFailed("bind", folder);
            _listener = listener!;
        }

        _answers = new WatcherAnswers(paths, options, _ended.Set);
        _idle = options.Time.CreateTimer(static state => ((WatcherService)state!)._ended.Set(), this, options.IdleAfter, Timeout.InfiniteTimeSpan);
        _accepting = new Thread(Accept) { IsBackground = true, Name = "questions" };
        _accepting.Start();
    }

    /// <summary>Takes the directory's lock, listens, and sets the watches in the background. Null: another watcher has the lock.</summary>
    /// <exception cref="IOException">The folder can't be used.</exception>
    public static WatcherService? TryStart(WatcherPaths paths, WatcherOptions options)
    {
        paths.CreateFolder();
        if (DurableFile.TryLock(paths.Lock) is not { } held)
            return null;
        PosixFile.SetLength(held, 0);
        PosixFile.Write(held, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
        return new WatcherService(paths, options, held);
    }

    /// <summary>Waits for the end.</summary>
    public void WaitForEnd(CancellationToken cancellationToken) => _ended.Wait(cancellationToken);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        UnixSocket.Shutdown(_listener);
        _accepting.Join();
        _idle.Dispose();
        _answers.Dispose();

        // The socket's name stays, and nobody answers there: by now the folder may be another's, with a watcher of its own.
        _listener.Dispose();
        _lock.Dispose();
        _ended.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            Errno errno = UnixSocket.Accept(_listener, s_questionTimeout, out FileDescriptor? connection);
            if (errno is Errno.Invalid or Errno.BadDescriptor)
                return;
            if (errno is not (Errno.None or Errno.Interrupted or Errno.TryAgain))
            {
                // Out of descriptors or memory: not to be tried without end.
                _ended.Set();
                return;
            }

            if (connection is not null)
                ThreadPool.UnsafeQueueUserWorkItem(static work => work.Service.Serve(work.Connection), (Service: this, Connection: connection), preferLocal: false);
        }
    }

    private void Serve(FileDescriptor connection)
    {
        using (connection)
        {
            try
            {
                (WatchFrame frame, byte[] payload) = WatchConnection.Read(connection, WatchFrame.QuestionBytesMax);
                if (frame.Message == WatchMessage.Stop)
                {
                    WatchConnection.Write(connection, WatchMessage.Answer, default);
                    _ended.Set();
                    return;
                }

                if (frame.Version != WatchFrame.VersionNow)
                {
                    WatchConnection.Write(connection, WatchMessage.Refused, default);
                    return;
                }

                _idle.Change(_options.IdleAfter, Timeout.InfiniteTimeSpan);
                WatchPayloadWriter answer = new();
                bool isKnown = _answers.Answer(frame.Message, payload, answer);
                WatchConnection.Write(connection, isKnown ? WatchMessage.Answer : WatchMessage.Refused, answer.Written);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // Whoever asked went away, or spoke no word of ours, or the watcher ends.
            }
        }
    }
}
