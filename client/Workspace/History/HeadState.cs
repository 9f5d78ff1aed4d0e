using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// What is checked out. A pull moves branches and not this, so the commit stands beside the branch. File: <c>mr-head 1</c>, then
/// <c>branch NAME</c> unless detached, then <c>commit ID</c> unless nothing is checked out yet, a line each.
/// </summary>
/// <param name="Branch">Null when detached.</param>
/// <param name="Commit">Null before the first checkout.</param>
public readonly record struct HeadState(RefName? Branch, ObjectId? Commit)
{
    private const string Magic = "mr-head 1";

    public bool IsDetached => Branch is null;

    /// <exception cref="CorruptHistoryException">There is no such file, or it is damaged.</exception>
    public static HeadState Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (FileNotFoundException e)
        {
            throw new CorruptHistoryException($"'{path}' is missing.", e);
        }

        HeadState head = Parse(text);
        return head.Format() == text ? head : throw new CorruptHistoryException($"'{path}' is damaged; check out a branch again.");
    }

    /// <summary>What a file's text says; what can't be read of it is left out.</summary>
    internal static HeadState Parse(string text)
    {
        RefName? branch = null;
        ObjectId? commit = null;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("branch ", StringComparison.Ordinal) && RefName.TryParse(line["branch ".Length..], out RefName name))
            {
                branch = name;
            }
            else if (line.StartsWith("commit ", StringComparison.Ordinal) && ObjectId.TryParse(line.AsSpan("commit ".Length), out ObjectId id))
            {
                commit = id;
            }
        }

        return new HeadState(branch, commit);
    }

    public void Save(string path) => DurableFile.Replace(path, Encoding.UTF8.GetBytes(Format()));

    /// <summary>As <see cref="Save"/>, for what is as right in its old state after a power loss.</summary>
    internal void SaveLazily(string path) => DurableFile.ReplaceLazily(path, Encoding.UTF8.GetBytes(Format()));

    private string Format() => $"{Magic}\n{(Branch is { } branch ? $"branch {branch}\n" : "")}{(Commit is { } commit ? $"commit {commit}\n" : "")}";
}
