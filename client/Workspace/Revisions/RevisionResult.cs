using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Revisions;

/// <summary>Why a revision names nothing.</summary>
public enum RevisionError
{
    /// <summary>It was resolved.</summary>
    None,

    /// <summary>The text breaks the syntax.</summary>
    BadSyntax,

    /// <summary>No ref, no commit and no abbreviation of one is called so. Similar refs are in <see cref="RevisionResult.Suggestions"/>.</summary>
    Unknown,

    /// <summary>An abbreviation of several commits, listed in <see cref="RevisionResult.Candidates"/>.</summary>
    Ambiguous,

    /// <summary>Nothing is checked out yet, so HEAD names no commit.</summary>
    UnbornHead,

    /// <summary><c>~N</c> or <c>^N</c> goes past a root or asks for a parent the commit does not have.</summary>
    NoSuchParent,

    /// <summary>The object is not of the kind asked for, as in <c>BLOB^{tree}</c>.</summary>
    WrongKind,

    /// <summary>The tree has no such path.</summary>
    NoSuchPath,
}

/// <summary>What a revision names, or why it names nothing.</summary>
public sealed record RevisionResult
{
    public RevisionError Error { get; private init; }

    /// <summary>The object named; the null id unless resolved.</summary>
    public ObjectId Id { get; private init; }

    public ObjectKind Kind { get; private init; }

    /// <summary>For <c>REV:PATH</c> the entry's mode; <see cref="FileMode.None"/> otherwise.</summary>
    public FileMode Mode { get; private init; }

    /// <summary>The ref named, where the text was a ref and no more.</summary>
    public RefName? Ref { get; private init; }

    /// <summary>Names of similar refs, most similar first.</summary>
    public IReadOnlyList<string> Suggestions { get; private init; } = [];

    /// <summary>The commits an ambiguous abbreviation may stand for, sorted.</summary>
    public IReadOnlyList<ObjectId> Candidates { get; private init; } = [];

    /// <summary>One sentence for people; empty when resolved.</summary>
    public string Message { get; private init; } = "";

    public bool IsResolved => Error == RevisionError.None;

    internal static RevisionResult Of(ObjectId id, ObjectKind kind, RefName? name = null, FileMode mode = FileMode.None) =>
        new() { Id = id, Kind = kind, Ref = name, Mode = mode };

    internal static RevisionResult Fail(RevisionError error, string message, IReadOnlyList<string>? suggestions = null, IReadOnlyList<ObjectId>? candidates = null) =>
        new() { Error = error, Message = message, Suggestions = suggestions ?? [], Candidates = candidates ?? [] };
}

/// <summary><c>A..B</c>: the commits of B that are not A's. <c>A...B</c>: those of either that are not both's. A plain revision has no left side.</summary>
/// <param name="Left">Null for a plain revision.</param>
/// <param name="Right">The revision, or the range's end.</param>
/// <param name="IsSymmetric">Three dots.</param>
public readonly record struct RevisionRange(RevisionResult? Left, RevisionResult Right, bool IsSymmetric)
{
    /// <summary>The side that failed, or null.</summary>
    public RevisionResult? Failure => Left is { IsResolved: false } ? Left : Right.IsResolved ? null : Right;
}
