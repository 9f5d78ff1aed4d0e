using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>How the two sides of a merge are called in conflict markers and messages.</summary>
/// <param name="Ours">Usually <c>HEAD</c>.</param>
/// <param name="Theirs">The revision as the user named it, or a commit's short id and subject.</param>
public sealed record MergeLabels(string Ours, string Theirs);

/// <summary>A path that a merge could not decide. The three sides are git's stages 1 to 3 of its index.</summary>
/// <param name="Path">Where the merged tree has what could be done; a side's own path where both could not stay at one.</param>
/// <param name="Base">Absent where the common ancestor has no such file.</param>
/// <param name="Ours">Absent where our side has none.</param>
/// <param name="Theirs">Absent where their side has none.</param>
public sealed record MergeConflict(byte[] Path, TreeSide Base, TreeSide Ours, TreeSide Theirs)
{
    /// <summary>The two letters of <c>git status --porcelain</c>.</summary>
    public string Letters => (Base.IsAbsent, Ours.IsAbsent, Theirs.IsAbsent) switch
    {
        (false, true, true) => "DD",
        (true, false, true) => "AU",
        (false, false, true) => "UD",
        (true, true, false) => "UA",
        (false, true, false) => "DU",
        (true, false, false) => "AA",
        _ => "UU",
    };
}

/// <summary>What a merge gave.</summary>
/// <param name="Tree">The merged tree; where there are conflicts, as merged as could be, markers included.</param>
/// <param name="Conflicts">By path.</param>
/// <param name="Notes">A line for each file that was merged by content, and for each conflict why, as git words them.</param>
/// <param name="IsUndecided">There is more to look at than the conflicts; the notes say what.</param>
public sealed record TreeMergeResult(Core.ObjectId Tree, IReadOnlyList<MergeConflict> Conflicts, IReadOnlyList<string> Notes, bool IsUndecided = false)
{
    public bool IsClean => Conflicts.Count == 0 && !IsUndecided;
}
