using Monorepo.Native.Posix;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Status;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Checkout;

/// <summary>Keeps what a checkout is about to take from the user's edits: what it overwrites by force although no commit has it, and what becomes the commit's.</summary>
internal static class UnsavedFiles
{
    // So many are somebody's edits; more are a tree that something else wrote, and all of it is in the commit.
    private const int CoincidencesMax = 1000;

    /// <param name="files">The working copy.</param>
    /// <param name="probe">A plan of the same checkout; it is asked what stands in the way.</param>
    /// <param name="dirty">The working copy's status.</param>
    /// <param name="objects">Where contents are read that files may be the beginnings of.</param>
    /// <param name="discarded">Where contents go, to be promised by the caller.</param>
    /// <param name="cancellationToken">Stops before anything is overwritten.</param>
    public static async Task KeepAsync(
        IWorkingFiles files, CheckoutPlan probe, IReadOnlyList<StatusEntry> dirty, IObjectSource objects, IDiscardedFiles discarded, CancellationToken cancellationToken)
    {
        foreach (StatusEntry entry in dirty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Code == StatusCode.Deleted)
            {
                discarded.KeepAbsence(entry.Path);
            }
            else if (entry.Code is StatusCode.Modified or StatusCode.TypeChanged)
            {
                Keep(files, entry.Path, discarded);
            }
        }

        foreach (CheckoutConflict conflict in await probe.FindConflictsAsync(objects, cancellationToken))
        {
            Keep(files, conflict.Path, discarded);
        }
    }

    /// <summary>Keeps files that hold already what the checkout would write: nothing is lost of them, but only so does undo make them edits again.</summary>
    /// <param name="files">The working copy.</param>
    /// <param name="plan">Has looked for conflicts.</param>
    /// <param name="discarded">Where contents go, to be promised by the caller.</param>
    public static void KeepCoincidences(IWorkingFiles files, CheckoutPlan plan, IDiscardedFiles discarded)
    {
        if (plan.Steps.Count(static s => s.Kind == CheckoutStepKind.AlreadyThere) is 0 or > CoincidencesMax)
        {
            return;
        }

        for (int i = 0; i < plan.Steps.Count; i++)
        {
            if (plan.Steps[i].Kind == CheckoutStepKind.AlreadyThere)
            {
                Keep(files, plan.Changes[i].Path.Span, discarded);
            }
        }
    }

    /// <summary>Keeps a file or link, where there is one; what is neither has no content to keep.</summary>
    public static void Keep(IWorkingFiles files, ReadOnlySpan<byte> path, IDiscardedFiles discarded)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        if (directory?.GetStatus(name) is not { Kind: FileKind.Regular or FileKind.SymbolicLink } status)
        {
            return;
        }

        if (status.SizeBytes > DiscardedFiles.OperationBytesMax)
        {
            discarded.Refuse(path, status.SizeBytes);
            return;
        }

        ChangedFile file = ChangedFile.Read(files, path);
        if (file.Mode != FileMode.None)
        {
            discarded.Keep(path, file.Mode, file.Content.Span);
        }
    }
}
