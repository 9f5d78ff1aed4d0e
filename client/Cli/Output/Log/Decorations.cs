using System.Buffers;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>The refs that name commits, as <c>git log --decorate</c> puts them behind ids. Immutable.</summary>
public sealed class Decorations
{
    // What git shows unless it is told otherwise: no refs of other tools.
    private static readonly string[] s_shown = [RefName.Branches, "refs/remotes/", RefName.Tags, "refs/stash"];

    private readonly Dictionary<ObjectId, byte[]> _texts = [];
    private readonly bool _isColored;

    /// <param name="refs">The clone's refs.</param>
    /// <param name="head">What is checked out; before the first checkout the branch's tip.</param>
    /// <param name="isFull">Full names.</param>
    /// <param name="isColored">As on a terminal.</param>
    public Decorations(RefSet refs, HeadState head, bool isFull, bool isColored = false)
    {
        _isColored = isColored;
        // Git puts each ref it reads in front of those it has; HEAD comes last, so it stands first.
        Dictionary<ObjectId, List<string>> names = [];
        RefName? current = null;
        if (head.Branch is { } branch && refs.Find(branch) is { } tip && (head.Commit is null || head.Commit == tip.PeeledTarget))
        {
            current = branch;
            names.Add(tip.PeeledTarget, [Painted(Ansi.BoldCyan, "HEAD -> ") + Display(branch, isFull)]);
        }
        else if (head.Commit is { } detached)
        {
            names.Add(detached, [Painted(Ansi.BoldCyan, "HEAD")]);
        }

        foreach (RefEntry entry in refs.List().Reverse())
        {
            if (entry.Name == current || !Array.Exists(s_shown, p => entry.Name.Value.StartsWith(p, StringComparison.Ordinal)))
            {
                continue;
            }

            if (!names.TryGetValue(entry.PeeledTarget, out List<string>? there))
            {
                names.Add(entry.PeeledTarget, there = []);
            }

            there.Add(Display(entry.Name, isFull));
        }

        foreach ((ObjectId id, List<string> list) in names)
        {
            _texts.Add(id, Encoding.UTF8.GetBytes(string.Join(Painted(Ansi.Yellow, ", "), list)));
        }
    }

    /// <summary>Writes <c> (NAME, NAME)</c>, or nothing where no ref names the commit.</summary>
    public void Write(ObjectId id, IBufferWriter<byte> output)
    {
        if (_texts.TryGetValue(id, out byte[]? text))
        {
            Encoding.UTF8.GetBytes(Painted(Ansi.Yellow, " ("), output);
            output.Write(text);
            Encoding.UTF8.GetBytes(Painted(Ansi.Yellow, ")"), output);
        }
    }

    /// <summary>Writes the names without space and brackets.</summary>
    public void WriteNames(ObjectId id, IBufferWriter<byte> output) => output.Write(_texts.GetValueOrDefault(id));

    private string Painted(ReadOnlySpan<byte> color, string text) => _isColored ? Encoding.ASCII.GetString(color) + text + Encoding.ASCII.GetString(Ansi.Reset) : text;

    private static ReadOnlySpan<byte> ColorOf(RefName name) => name.IsTag ? Ansi.BoldYellow
        : name.IsBranch ? Ansi.BoldGreen
        : name.Value.StartsWith("refs/remotes/", StringComparison.Ordinal) ? Ansi.BoldRed : Ansi.BoldMagenta;

    private string Display(RefName name, bool isFull)
    {
        string text = isFull ? name.Value : name.Value.StartsWith("refs/remotes/", StringComparison.Ordinal) ? name.Value["refs/remotes/".Length..] : name.Short;
        return Painted(ColorOf(name), name.IsTag ? "tag: " + text : text);
    }
}
