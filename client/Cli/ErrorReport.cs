using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Shallow;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli;

/// <summary>The one place where a failure becomes a message, a hint and an exit code.</summary>
public static class ErrorReport
{
    // Linux errno values inside IOException.HResult.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int ReadOnly = 30;

    private const string NotWritable = "Is the folder writable, by you and on this file system? Nothing is lost; run the command again when it is.";

    public static ExitCode Print(Exception error)
    {
        CommandException? told = Explain(error);
        if (told is null)
        {
            return error switch
            {
                OperationCanceledException => ExitCode.Interrupted,
                _ => ExitCode.Success,
            };
        }

        Console.Error.WriteLine($"mr: {told.Message}");
        if (told.Hint is not null)
        {
            Console.Error.WriteLine($"hint: {told.Hint}");
        }

        return told.Code;
    }

    // Null: there is nothing to say (an interrupt, a reader that went away).
    private static CommandException? Explain(Exception error) => error switch
    {
        CommandException e => e,
        OperationCanceledException or OutputClosedException => null,
        CloneException e => OfClone(e),
        SparseException e => OfSparse(e),
        ShallowHistoryException e => new(ExitCode.NotFound, e.Message, "'mr pull --deepen N' brings N more commits, 'mr pull --unshallow' the whole history with all branches and tags."),
        RemoteException e => OfRemote(e, e.Message),
        FetchBudgetException e => new(ExitCode.OverBudget, e.Message, "Allow more with --max-fetch SIZE, or fetch less: fewer paths, fewer commits."),
        ObjectsMissingException e => OfMissing(e),
        CorruptObjectException or CorruptHistoryException or MalformedObjectException => new(ExitCode.Corrupt, error.Message, "Nothing was changed. Run the command again; if it stays, tell the server's operator."),
        ConfigException e => new(ExitCode.Usage, e.Message, "'mr config list --show-origin' shows where each setting comes from; 'mr help configuration' what there is."),
        FormatException e => new(ExitCode.Usage, e.Message),
        DirstateFormatException e => new(ExitCode.Corrupt, e.Message, "Delete '.mr/dirstate' and run 'mr checkout --force HEAD': it writes every file anew."),
        PosixException { Errno: Errno.NoSpace or Errno.QuotaExceeded } e => new(ExitCode.Disk, e.Message, "Make room on the disk and run the command again: nothing is lost."),
        PosixException { Errno: Errno.ReadOnlyFileSystem or Errno.AccessDenied or Errno.NotPermitted } e => new(ExitCode.Disk, e.Message, NotWritable),
        DllNotFoundException e => new(ExitCode.Unavailable, e.Message),
        UnauthorizedAccessException e => new(ExitCode.Disk, e.Message, NotWritable),
        FileNotFoundException when !Directory.Exists(".") => new(ExitCode.NotFound, "the working directory is not there any more.", "Change to one that is."),
        IOException e when e.HResult is ReadOnly => new(ExitCode.Disk, e.Message, NotWritable),
        IOException e when e.HResult is NoSpace or QuotaExceeded => new(ExitCode.Disk, e.Message, "Make room on the disk and run the command again: nothing is lost."),
        IOException e => new(ExitCode.Disk, e.Message),
        _ => new(ExitCode.Internal, $"an internal error: {error}", "This is a defect. Please report it with the lines above."),
    };

    /// <summary>Without the objects' places, which take a clone to find.</summary>
    internal static CommandException OfMissing(ObjectsMissingException e) =>
        e.InnerException is RemoteException inner ? OfRemote(inner, e.Message) : new(ExitCode.Unavailable, e.Message);

    private static CommandException OfClone(CloneException e) => e.Error switch
    {
        CloneError.NotAClone => new(ExitCode.NotFound, e.Message, "Run the command inside a clone, or make one with 'mr clone URL DIR'."),
        CloneError.NotEmpty => new(ExitCode.Conflict, e.Message, "Name a directory that is not there yet."),
        CloneError.Incomplete => new(ExitCode.Conflict, e.Message, "Run the same 'mr clone' again: it goes on where it stopped."),
        CloneError.CheckedOutElsewhere => new(ExitCode.Conflict, e.Message, "A branch is checked out in one working copy only: work there, or take 'mr switch -c NEW' here."),
        CloneError.Unfinished => new(ExitCode.Conflict, e.Message, "'mr status' says what is left to do."),
        CloneError.Locked => new(ExitCode.Conflict, e.Message, "Wait for it to end and run this again."),
        CloneError.HistoryRebuilt => new(ExitCode.Conflict, e.Message, "Make a new clone; contents in the cache are used again."),
        CloneError.RevisionUnknown => new(ExitCode.NotFound, e.Message, "A shallow clone takes a branch, a tag or a whole commit id."),
        CloneError.TooFarBehind => new(ExitCode.Conflict, e.Message, "'mr pull --depth N' takes the newest N alone, 'mr pull --unshallow' the whole history."),
        CloneError.NotShallow => new(ExitCode.Usage, e.Message),
        _ => new(ExitCode.Corrupt, e.Message),
    };

    private static CommandException OfSparse(SparseException e) => e.Error switch
    {
        SparseError.ProfileMissing => new(ExitCode.NotFound, e.Message, "'mr sparse list' shows profiles; 'mr sparse disable PROFILE' does without one."),
        SparseError.ProfileWrong => new(ExitCode.Conflict, e.Message, "Nothing was changed. 'mr sparse disable PROFILE' does without it until it is mended."),
        SparseError.PatternWrong => new(ExitCode.Usage, e.Message, "A pattern is a path from the repository's top, such as 'src/web/' or 'docs/*.md'."),
        _ => new(ExitCode.Corrupt, e.Message, "Delete '.mr/sparse' and '.mr/dirstate', run 'mr checkout --force HEAD' for the whole tree, then 'mr sparse enable' again."),
    };

    private static CommandException OfRemote(RemoteException e, string message) => e.Error switch
    {
        RemoteError.NotFound => new(ExitCode.NotFound, message, "The operator sees the server's repositories with 'mr-admin repos'."),
        RemoteError.Unreachable => new(ExitCode.Unavailable, message, "Is the server running and the address right? What is in the clone and the cache works without it."),
        RemoteError.Rejected => new(ExitCode.Negative, message, "Nothing was changed on the server."),
        RemoteError.Broken => new(ExitCode.Corrupt, message, "Is the address the one that 'grpc=' names in the server's ready line?"),
        _ => new(ExitCode.Unavailable, message),
    };
}
