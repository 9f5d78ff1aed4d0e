using System.Text;
using System.Text.Unicode;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Tests.Status;

namespace Monorepo.Workspace.Tests.Watching;

/// <summary>What people, programs, mr and git do to a working copy, in an order that a seed decides.</summary>
internal sealed class TortureOperations(WatchedClone clone, int seed, bool textNames)
{
    private static readonly byte[][] s_names =
    [
        "a"u8.ToArray(), "b"u8.ToArray(), "a.b"u8.ToArray(), "ab"u8.ToArray(), "new\nline"u8.ToArray(), "q\"uote"u8.ToArray(), [0xFF, 0xFE], "ä"u8.ToArray(),
        "x.log"u8.ToArray(), "build"u8.ToArray(), "keep.log"u8.ToArray(), "..."u8.ToArray(), "a-b"u8.ToArray(),
    ];

    private static readonly string[] s_ignoreLines = ["*.log", "build/", "!keep.log", "/a", "ab/", "b", "!/b", "*", "!*/", "ä", "a/*", "!.gitignore"];

    private readonly Random _random = new(seed);
    private readonly byte[][] _names = [.. s_names.Where(n => !textNames || Utf8.IsValid(n))];
    private readonly WorkingTree _tree = clone.Tree;

    /// <summary>Does something; the answer is its name.</summary>
    public async Task<string> StepAsync()
    {
        int what = _random.Next(1000);
        switch (what)
        {
            case < 15:
                ObjectId commit = clone.Trees.Commits[_random.Next(clone.Trees.Commits.Count)];
                bool force = _random.Next(2) == 0;
                await clone.CheckoutAsync(commit, force);
                return $"checkout {commit} {(force ? "forced" : "")}";
            case < 20:
                return RunGit();
            case < 24:
                clone.Client.LoseEvents(WatchedClone.Patience);
                return "lose events";
            case < 28:
                clone.Restart();
                return "restart";
            case < 40:
                clone.WriteExcludes(IgnoreText());
                return "write excludes";
            default:
                return StepFiles(what % 20);
        }
    }

    private string RunGit()
    {
        string head = Encoding.ASCII.GetString(_tree.Git("rev-parse", "HEAD")).Trim();
        ObjectId other = clone.Trees.Commits[_random.Next(clone.Trees.Commits.Count)];
        string[] command = _random.Next(3) switch
        {
            0 => ["clean", "-fdq", "-e", ".mr"],
            1 => ["checkout", "-q", other.ToString(), "--", "."],
            _ => ["reset", "-q", "--hard", other.ToString()],
        };
        Testing.Git.GitCommand.Try(_tree.Root, command);
        _tree.Git("reset", "-q", head);
        return string.Join(' ', command);
    }

    private string StepFiles(int what)
    {
        byte[] path = Existing();
        byte[] fresh = Fresh();
        FileKind kind = _tree.Kind(path);
        string shown = $"{what} {Encoding.Latin1.GetString(path)} | {Encoding.Latin1.GetString(fresh)}";
        switch (what)
        {
            case 0 or 1:
                _tree.Write(fresh, "new" + _random.Next(5));
                break;
            case 2 or 3 when kind == FileKind.Regular:
                // Same size, other bytes, often in the tick of the last write.
                byte[] old = _tree.Read(path);
                _tree.Write(path, new string((char)_random.Next('a', 'z'), old.Length));
                break;
            case 4 when kind == FileKind.Regular:
                _tree.Write(path, Encoding.Latin1.GetString(_tree.Read(path)) + "more");
                break;
            case 5 when kind == FileKind.Regular:
                _tree.Write(path, Encoding.ASCII.GetString(_tree.Read(path)));
                break;
            case 6 when kind == FileKind.Regular:
                PosixDirectory.SetMode(_tree.Top, path, _random.Next(2) == 0 ? 0x1EDu : 0x1A4u);
                break;
            case 7 or 8:
                _tree.Remove(path);
                break;
            case 9 or 10 or 11:
                PosixDirectory.Rename(_tree.Top, path, _tree.Top, fresh, replace: true);
                break;
            case 12:
                Grow(fresh, 3);
                break;
            case 13:
                _tree.Remove(path);
                // No link to itself: of what is tracked below one git says an error and no more.
                _tree.Link(path, _random.Next(2) == 0 ? "target" : "..");
                break;
            case 14:
                _tree.Remove(path);
                Grow(path, 2);
                break;
            case 15 when kind == FileKind.Directory:
                _tree.Remove(path);
                _tree.Write(path, "was a directory");
                break;
            case 16 or 17:
                byte[] directory = kind == FileKind.Directory && _random.Next(3) > 0 ? [.. path, (byte)'/'] : [];
                byte[] ignore = [.. directory, .. ".gitignore"u8];
                if (_random.Next(3) == 0)
                    _tree.Remove(ignore);
                else
                    _tree.Write(ignore, IgnoreText());
                break;
            case 18 when kind == FileKind.Directory && _random.Next(4) == 0:
                byte[] git = [.. path, .. "/.git"u8];
                if (_tree.Kind(git) == FileKind.Unknown)
                {
                    _tree.MakeDirectory(git);
                    _tree.Write([.. git, .. "/HEAD"u8], "ref: refs/heads/main\n");
                    _tree.MakeDirectory([.. git, .. "/objects"u8]);
                    _tree.MakeDirectory([.. git, .. "/refs"u8]);
                }

                break;
            default:
                // Away, something new inside, and back.
                PosixDirectory.Rename(_tree.Top, path, _tree.Top, fresh, replace: true);
                Grow([.. fresh, (byte)'/', .. _names[_random.Next(_names.Length)]], 1);
                PosixDirectory.Rename(_tree.Top, fresh, _tree.Top, path, replace: true);
                break;
        }

        return shown;
    }

    private string IgnoreText() => string.Join('\n', s_ignoreLines.Where(_ => _random.Next(5) == 0)) + "\n";

    private void Grow(byte[] at, int depth)
    {
        _tree.MakeDirectory(at);
        for (int i = _random.Next(4); i > 0; i--)
        {
            byte[] inside = [.. at, (byte)'/', .. _names[_random.Next(_names.Length)]];
            if (depth > 0 && _random.Next(2) == 0)
                Grow(inside, depth - 1);
            else
                _tree.Write(inside, "grown");
        }
    }

    private byte[] Existing()
    {
        List<byte[]> paths = _tree.List([]);
        return paths.Count == 0 ? _names[0] : paths[_random.Next(paths.Count)];
    }

    private byte[] Fresh()
    {
        byte[] near = Existing();
        byte[] name = _names[_random.Next(_names.Length)];
        int slash = near.AsSpan().LastIndexOf((byte)'/');
        if (_tree.Kind(near) == FileKind.Directory && _random.Next(2) == 0)
            return [.. near, (byte)'/', .. name];
        return slash < 0 ? name : [.. near[..(slash + 1)], .. name];
    }
}
