using Monorepo.Core;

namespace Monorepo.Workspace.Commits;

/// <summary>What is to be committed.</summary>
/// <param name="Message">Cleaned; not empty.</param>
/// <param name="Author">Who made the change.</param>
/// <param name="Committer">Who commits it.</param>
/// <param name="Paths">Only what is at or below these, untracked files included, relative to the working copy's top; the empty path is the top. Null: every tracked change.</param>
/// <param name="AllowEmpty">Also where nothing changed.</param>
public sealed record CommitRequest(ReadOnlyMemory<byte> Message, Signature Author, Signature Committer, IReadOnlyList<byte[]>? Paths, bool AllowEmpty);

public enum CommitOutcome
{
    /// <summary>The commit is made and kept.</summary>
    Done,

    /// <summary>Nothing changed, at least not at the paths named; nothing was done.</summary>
    NothingChanged,

    /// <summary>The branch has commits, but none was checked out yet, so there is nothing to compare with.</summary>
    NothingCheckedOut,

    /// <summary>A path named is neither tracked nor there, or it is ignored; nothing was done.</summary>
    NoSuchPath,

    /// <summary>
    /// A path named is outside of what a sparse working copy has, or a new file would displace what the tree has there; nothing was done.
    /// </summary>
    OutsideProfile,
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Head">What is checked out now.</param>
/// <param name="IsRoot">The commit has no parent.</param>
/// <param name="FilesChanged">Files, links and submodules that differ from the parent.</param>
/// <param name="Path">For <see cref="CommitOutcome.NoSuchPath"/> and <see cref="CommitOutcome.OutsideProfile"/>.</param>
/// <param name="HasUntracked">For <see cref="CommitOutcome.NothingChanged"/>: files are there that no commit has.</param>
/// <param name="OutsideCount">New files in directories named that were left out, since a sparse working copy does not have their paths.</param>
public sealed record CommitResult(
    CommitOutcome Outcome, History.HeadState Head, bool IsRoot = false, int FilesChanged = 0, byte[]? Path = null, bool HasUntracked = false, int OutsideCount = 0)
{
    /// <summary>The new commit.</summary>
    public ObjectId Id => Head.Commit ?? ObjectId.Null;
}
