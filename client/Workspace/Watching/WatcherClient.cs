using System.Text;
using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Watching;

/// <summary>What came of a question.</summary>
public enum AskOutcome
{
    Answered,

    /// <summary>No watcher runs.</summary>
    NotThere,

    /// <summary>It speaks another version.</summary>
    OtherVersion,

    /// <summary>It did not answer in time, or not what it should.</summary>
    Failed,
}

/// <summary>Asks the watcher of a directory. Every call ends within its patience, whatever state the watcher is in. Thread-safe.</summary>
public sealed class WatcherClient(WatcherPaths paths)
{
    // The watcher gives up by itself within the patience; this is for its answer to arrive.
    private static readonly TimeSpan s_slack = TimeSpan.FromMilliseconds(200);

    public AskOutcome AskStatus(string userIgnoreFile, TimeSpan patience, out StatusAnswer? answer) =>
        Ask(WatchMessage.Status, userIgnoreFile, patience, StatusAnswer.Read, out answer);

    public AskOutcome AskChanges(string clock, TimeSpan patience, out ChangesAnswer? answer) =>
        Ask(WatchMessage.Changes, clock, patience, ChangesAnswer.Read, out answer);

    public AskOutcome AskInfo(TimeSpan patience, out InfoAnswer? answer) => Ask(WatchMessage.Info, "", patience, InfoAnswer.Read, out answer);

    /// <summary>Tells the watcher to end, of whatever version it is.</summary>
    public AskOutcome Stop(TimeSpan patience) => Ask(WatchMessage.Stop, "", patience, static _ => "", out _);

    public AskOutcome LoseEvents(TimeSpan patience) => Ask(WatchMessage.LoseEvents, "", patience, static _ => "", out _);

    private delegate T Reader<T>(ReadOnlySpan<byte> payload);

    /// <summary>Has the watcher run a command; its patience is the question's.</summary>
    public AskOutcome AskCommand(CommandQuestion question, out CommandAnswer? answer)
    {
        WatchPayloadWriter payload = new();
        question.Write(payload);
        return Ask(WatchMessage.Command, payload, TimeSpan.FromMilliseconds(question.PatienceMs), CommandAnswer.Read, out answer);
    }

    private AskOutcome Ask<T>(WatchMessage message, string text, TimeSpan patience, Reader<T> read, out T? answer)
        where T : class
    {
        WatchPayloadWriter question = new();
        new WatchQuestion((int)patience.TotalMilliseconds, text).Write(question);
        return Ask(message, question, patience, read, out answer);
    }

    private AskOutcome Ask<T>(WatchMessage message, WatchPayloadWriter question, TimeSpan patience, Reader<T> read, out T? answer)
        where T : class
    {
        answer = null;
        Errno errno = PosixDirectory.Open(Encoding.UTF8.GetBytes(paths.Folder), OpenFlags.Directory, 0, out FileDescriptor? folder);
        if (errno is Errno.NoEntry or Errno.NotDirectory)
            return AskOutcome.NotThere;
        if (errno != Errno.None)
            return AskOutcome.Failed;
        using (folder)
        {
            errno = UnixSocket.Connect(folder!, WatcherPaths.SocketName, patience + s_slack, out FileDescriptor? connection);
            if (errno is Errno.NoEntry or Errno.ConnectionRefused)
                return AskOutcome.NotThere;
            if (errno != Errno.None)
                return AskOutcome.Failed;
            using (connection)
            {
                try
                {
                    WatchConnection.Write(connection!, message, question.Written);
                    (WatchFrame frame, byte[] payload) = WatchConnection.Read(connection!, WatchFrame.AnswerBytesMax);
                    if (frame.Message == WatchMessage.Refused || (frame.Version != WatchFrame.VersionNow && message != WatchMessage.Stop))
                        return AskOutcome.OtherVersion;
                    answer = read(payload);
                    return AskOutcome.Answered;
                }
                catch (IOException)
                {
                    return AskOutcome.Failed;
                }
            }
        }
    }
}
