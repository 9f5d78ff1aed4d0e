namespace Monorepo.Watcher.Tests;

/// <summary>What people and programs do to files, in an order that a seed decides. Names are few, so that everything meets everything.</summary>
/// <param name="root">Where.</param>
/// <param name="seed">Decides everything.</param>
/// <param name="movesTrees">Whether directories are renamed, too.</param>
internal sealed class RandomFileOperations(string root, int seed, bool movesTrees)
{
    private static readonly string[] s_names = ["a", "b", "c", "d.txt", "e.log", "ä", "f g"];

    private readonly Random _random = new(seed);

    public void Step()
    {
        string path = Existing();
        string other = Fresh();
        try
        {
            switch (_random.Next(14))
            {
                case 0 or 1:
                    File.WriteAllText(other, new string('x', _random.Next(100)));
                    break;
                case 2 when File.Exists(path):
                    File.AppendAllText(path, "more");
                    break;
                case 3:
                    Remove(path);
                    break;
                case 4:
                    Move(path, other);
                    break;
                case 5:
                    Tree(other, _random.Next(1, 4));
                    break;
                case 6:
                    Directory.CreateDirectory(other);
                    break;
                case 7 when File.Exists(path):
                    File.SetUnixFileMode(path, File.GetUnixFileMode(path) ^ UnixFileMode.UserExecute);
                    break;
                case 8:
                    File.CreateSymbolicLink(other, _random.Next(2) == 0 ? "a" : "..");
                    break;
                case 9 when Directory.Exists(path):
                    Remove(path);
                    File.WriteAllText(path, "was a directory");
                    break;
                case 10 when File.Exists(path):
                    File.Delete(path);
                    Tree(path, 2);
                    break;
                case 11 when File.Exists(path):
                    File.WriteAllText(path + ".new", "replaced");
                    File.Move(path + ".new", path, overwrite: true);
                    break;
                case 12:
                    // Away and back at once, with something new inside.
                    Move(path, other);
                    if (Directory.Exists(other))
                        Tree(Path.Combine(other, s_names[_random.Next(s_names.Length)]), 2);
                    Move(other, path);
                    break;
                default:
                    // Swap two directories.
                    string third = Fresh();
                    Move(path, other);
                    Move(third, path);
                    Move(other, third);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The place was taken, or in itself; what was done until then counts.
        }
    }

    private string Existing()
    {
        string at = root;
        for (int depth = _random.Next(1, 5); depth > 0; depth--)
        {
            string[] entries = Directory.Exists(at) && new DirectoryInfo(at).LinkTarget is null
                ? Directory.GetFileSystemEntries(at).Where(e => !e.EndsWith("/.mr", StringComparison.Ordinal) && !e.EndsWith("/.git", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray()
                : [];
            if (entries.Length == 0)
                break;
            at = entries[_random.Next(entries.Length)];
        }

        return at == root ? Path.Combine(root, s_names[0]) : at;
    }

    private string Fresh()
    {
        string near = Existing();
        string directory = Directory.Exists(near) && new DirectoryInfo(near).LinkTarget is null ? near : Path.GetDirectoryName(near)!;
        return Path.Combine(directory, s_names[_random.Next(s_names.Length)]);
    }

    private void Tree(string at, int depth)
    {
        Directory.CreateDirectory(at);
        for (int i = _random.Next(3); i >= 0; i--)
        {
            string inside = Path.Combine(at, s_names[_random.Next(s_names.Length)]);
            if (depth > 0 && _random.Next(2) == 0)
                Tree(inside, depth - 1);
            else if (!Directory.Exists(inside))
                File.WriteAllText(inside, "new");
        }
    }

    private void Move(string from, string to)
    {
        if (Directory.Exists(from) && new DirectoryInfo(from).LinkTarget is null)
        {
            if (movesTrees)
                Directory.Move(from, to);
        }
        else if (File.Exists(from) || new FileInfo(from).LinkTarget is not null)
        {
            File.Move(from, to, overwrite: true);
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }
}
