using Monorepo.Export;
using Monorepo.Import;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.Admin;

/// <summary>The one place where a failure becomes a message, a hint and an exit code.</summary>
public static class ErrorReport
{
    private const string RunAgain = "Nothing is lost. Run the same command again to continue.";

    // Linux errno values inside IOException.HResult.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Writes the message and the hint, and returns the exit code.</summary>
    public static ExitCode Print(Exception error, TextWriter output)
    {
        AdminException told = Explain(error);
        output.WriteLine($"mr-admin: {told.Message}");
        if (told.Hint is not null)
            output.WriteLine($"hint: {told.Hint}");
        return told.Code;
    }

    private static AdminException Explain(Exception error) => error switch
    {
        AdminException e => e,
        OperationCanceledException => new(ExitCode.Interrupted, "interrupted", RunAgain),
        ImportException e => OfImport(e),
        ExportException e => OfExport(e),
        StorageException e => OfStorage(e),
        RpcException e => OfServer(e),
        DllNotFoundException or NotSupportedException => new(ExitCode.Unavailable, error.Message),
        UnauthorizedAccessException e => new(ExitCode.Disk, e.Message, "Run mr-admin as the user that owns the directory."),
        FileNotFoundException when !Directory.Exists(".") => new(ExitCode.NotFound, "the working directory is not there any more.", "Change to one that is."),
        IOException e when e.HResult is NoSpace or QuotaExceeded => new(ExitCode.Disk, e.Message, "Make room on the disk. " + RunAgain),
        IOException e => new(ExitCode.Disk, e.Message),
        _ => new(ExitCode.Internal, $"an internal error: {error}", "This is a defect. Please report it with the lines above."),
    };

    private static AdminException OfImport(ImportException e) => e.Failure switch
    {
        ImportFailure.SourceNotFound => new(ExitCode.NotFound, e.Message, "Name a repository's directory, a bundle file made by 'git bundle create', or a URL."),
        ImportFailure.SourceNotReadable => new(
            ExitCode.NotFound, e.Message, "If it belongs to another user: 'git config --global --add safe.directory PATH'."),
        ImportFailure.SourceShallow => new(ExitCode.Unsupported, e.Message, "Complete it with 'git fetch --unshallow', or import from the full repository."),
        ImportFailure.SourceSha256 => new(ExitCode.Unsupported, e.Message),
        ImportFailure.ObjectMissing => new(
            ExitCode.Corrupt, e.Message, "'git fsck' in the source tells what is missing. Of a partial clone, import the full repository instead."),
        ImportFailure.ObjectDamaged => new(ExitCode.Corrupt, e.Message, "'git fsck' in the source tells more. Import from a good copy."),
        ImportFailure.FetchFailed => new(ExitCode.Unavailable, e.Message, "Try 'git ls-remote' with the same URL: mr-admin never asks for passwords."),
        ImportFailure.GitNotInstalled => new(ExitCode.Unavailable, e.Message, "Install the Debian package git."),
        ImportFailure.TargetChanged => new(ExitCode.Conflict, e.Message, RunAgain),
        _ => new(ExitCode.Internal, e.Message),
    };

    private static AdminException OfExport(ExportException e) => e.Failure switch
    {
        ExportFailure.NotARepository => new(ExitCode.Conflict, e.Message, "Name an empty directory, one that is not there, or a bare repository of an earlier export."),
        ExportFailure.GitNotInstalled => new(ExitCode.Unavailable, e.Message, "Install the Debian package git."),
        ExportFailure.GitFailed => new(ExitCode.Unavailable, e.Message, RunAgain),
        ExportFailure.Damaged => new(ExitCode.Corrupt, e.Message),
        _ => new(ExitCode.Internal, e.Message),
    };

    private static AdminException OfStorage(StorageException e) => e.Failure switch
    {
        StorageFailure.InUse => new(ExitCode.Conflict, e.Message, "While monorepod serves this data, use --server URL instead of --data."),
        StorageFailure.NoSpace => new(ExitCode.Disk, e.Message, "Make room on the disk. " + RunAgain),
        StorageFailure.InputOutput => new(ExitCode.Disk, e.Message),
        _ => new(ExitCode.Corrupt, e.Message),
    };

    private static AdminException OfServer(RpcException e) => e.StatusCode switch
    {
        RpcStatusCode.Unavailable or RpcStatusCode.DeadlineExceeded => new(ExitCode.Unavailable, $"the server can't be reached: {e.Detail}", "Check the URL and that monorepod runs. " + RunAgain),
        RpcStatusCode.NotFound => new(ExitCode.NotFound, e.Detail),
        RpcStatusCode.InvalidArgument => new(ExitCode.Usage, e.Detail),
        RpcStatusCode.OutOfRange => new(ExitCode.NotFound, e.Detail),
        RpcStatusCode.FailedPrecondition => new(ExitCode.Conflict, e.Detail),
        RpcStatusCode.Unimplemented => new(ExitCode.Unavailable, "the server does not know this command", "It may be an older monorepod: update it."),
        RpcStatusCode.Aborted => new(ExitCode.Conflict, e.Detail, RunAgain),
        RpcStatusCode.ResourceExhausted => new(ExitCode.Disk, e.Detail, RunAgain),
        RpcStatusCode.DataLoss => new(ExitCode.Corrupt, e.Detail),
        _ => new(ExitCode.Internal, e.Message, "The server's log tells more."),
    };
}
