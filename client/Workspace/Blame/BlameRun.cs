using Monorepo.Core;

namespace Monorepo.Workspace.Blame;

/// <summary>Where a blamed file's lines came from.</summary>
/// <param name="Commit">The position of the commit that wrote the lines.</param>
/// <param name="Path">The file's path in that commit.</param>
/// <param name="PreviousCommit">The parent's position that the file was compared with last; -1 where the commit made the file.</param>
/// <param name="PreviousPath">The file's path there; empty without one.</param>
public sealed record BlameSource(int Commit, ReadOnlyMemory<byte> Path, int PreviousCommit, ReadOnlyMemory<byte> PreviousPath);

/// <summary>Consecutive lines of one source.</summary>
/// <param name="Line">The first line's number in the blamed file, from 0.</param>
/// <param name="SourceLine">The first line's number in the source, from 0.</param>
/// <param name="Count">How many.</param>
/// <param name="Source">The same instance for all lines of one commit and path.</param>
public readonly record struct BlameRun(int Line, int SourceLine, int Count, BlameSource Source);

/// <summary>A blamed file.</summary>
/// <param name="Content">Its bytes in the commit asked about.</param>
/// <param name="Runs">By line, the lines asked about only.</param>
/// <param name="Sources">Every commit and path that has a line; a commit with several paths stands several times.</param>
public sealed record BlameResult(ReadOnlyMemory<byte> Content, IReadOnlyList<BlameRun> Runs, IReadOnlyCollection<BlameSource> Sources);

/// <summary>The path is no file in the commit.</summary>
public sealed class NotAFileException(string message) : IOException(message);

/// <summary>A file's version in one commit, and the lines that may come from it.</summary>
internal sealed class BlameOrigin(int commit, ReadOnlyMemory<byte> path, ObjectId blob)
{
    public int Commit { get; } = commit;

    public ReadOnlyMemory<byte> Path { get; } = path;

    public ObjectId Blob { get; } = blob;

    public List<BlameLines> Suspects { get; set; } = [];

    public BlameOrigin? Previous { get; set; }
}

/// <param name="Line">In the blamed file, from 0.</param>
/// <param name="SourceLine">In the origin, from 0.</param>
/// <param name="Count">At least 1.</param>
internal readonly record struct BlameLines(int Line, int SourceLine, int Count);
