using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Tests.Checkout;

namespace Monorepo.Workspace.Tests.Merging;

/// <summary>A commit's files: mode and content by path.</summary>
internal sealed class TreeModel : SortedDictionary<string, (string Mode, string Content)>
{
    public TreeModel()
        : base(StringComparer.Ordinal)
    {
    }

    public TreeModel(TreeModel other)
        : base(other, StringComparer.Ordinal)
    {
    }

    /// <summary>Puts a file; what stands in its way goes, as it would in a working copy.</summary>
    public void Put(string path, string content, string mode = "100644")
    {
        foreach (string other in Keys.Where(k => k.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(k + "/", StringComparison.Ordinal)).ToArray())
            Remove(other);
        this[path] = (mode, content);
    }
}

/// <summary>A git repository of commits made from models, and all of its objects.</summary>
internal sealed class BranchedTrees : IDisposable
{
    private readonly StringBuilder _stream = new();
    private readonly string _path = Directory.CreateTempSubdirectory("mr-merge-").FullName;
    private RandomTrees? _objects;
    private int _commits;

    public BranchedTrees() => GitCommand.Run(_path, "init", "-q", "--bare", "-b", "main");

    public string Path => _path;

    /// <summary>As an object source: all that git has when it is first asked for.</summary>
    public RandomTrees Objects => _objects ??= Load();

    /// <summary>Adds a commit.</summary>
    /// <returns>Its number, for parents.</returns>
    public int Commit(string branch, TreeModel files, params int[] parents) => Copy(branch, files, _commits + 1, parents);

    /// <summary>Adds a commit with the author and message of another one.</summary>
    public int Copy(string branch, TreeModel files, int of, params int[] parents)
    {
        string message = $"commit {of}\n\nwith a body\n";
        _stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/{branch}\nmark :{++_commits}\nauthor Some Body <some@body> {1_600_000_000 + (of * 100)} +0200\ncommitter C <c@x> {1_600_000_000 + (_commits * 100)} +0000\ndata {message.Length}\n{message}");
        for (int i = 0; i < parents.Length; i++)
            _stream.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "from" : "merge")} :{parents[i]}\n");
        _stream.Append("deleteall\n");
        foreach ((string path, (string mode, string content)) in files)
        {
            _stream.Append(mode == "160000"
                ? $"M 160000 {content} {path}\n"
                : string.Create(CultureInfo.InvariantCulture, $"M {mode} inline {path}\ndata {Encoding.Latin1.GetByteCount(content)}\n{content}\n"));
        }

        _stream.Append('\n');
        return _commits;
    }

    /// <summary>Lets git have the commits added so far.</summary>
    public void Write()
    {
        GitCommand.Run(_path, Encoding.Latin1.GetBytes(_stream.ToString()), "fast-import", "--quiet", "--force");
        _stream.Clear();
    }

    public string Git(params string[] arguments) => Encoding.Latin1.GetString(GitCommand.Run(_path, arguments)).TrimEnd('\n');

    public (int Code, string Output) Try(params string[] arguments)
    {
        (int code, byte[] output) = GitCommand.Try(_path, arguments);
        return (code, Encoding.Latin1.GetString(output));
    }

    public ObjectId TreeOf(string revision) => ObjectId.Parse(Git("rev-parse", revision + "^{tree}"));

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private RandomTrees Load() => new(_path);
}
