using System.Globalization;

namespace Monorepo.Peers.Generating;

/// <summary>
/// Writes a history of a given shape for <c>git fast-import</c>: a main line, and side branches of a few commits that are merged while it goes on. No file is
/// changed on two open branches, so every merge is clean. <see cref="FileNames.DeepPath"/> changes in fifty commits, spread evenly.
/// </summary>
internal sealed class GeneratedHistory
{
    /// <summary>Goes up with every change of what a shape stands for.</summary>
    public const int Version = 1;

    private const string Main = "refs/heads/main";
    private const string Side = "refs/heads/side";
    private const int DeepVersions = 50;
    private const int CommitsPerTag = 5_000;
    private const int SideCommitsMax = 4;
    private const int MainCommitsBesideMax = 4;
    private const int MainCommitsBetweenMax = 11;

    // Neighbours are changed together.
    private const int Neighbourhood = 24;
    private const int PicksMax = 100;

    private readonly HistoryShape _shape;
    private readonly FastImportStream _stream;
    private readonly SeededRandom _random;
    private readonly FileNames _names;
    private readonly FileTexts _texts;
    private readonly CommitTexts _commits;
    // Files that the open side branch changed, and their newest contents.
    private readonly Dictionary<int, int> _side = [];
    private int _written;
    private int _deepVersions;

    private GeneratedHistory(HistoryShape shape, FastImportStream stream)
    {
        _shape = shape;
        _stream = stream;
        _random = new SeededRandom(shape.Seed);
        _names = new FileNames(shape.Files);
        _texts = new FileTexts(shape.Seed);
        _commits = new CommitTexts(_random);
    }

    public static void Write(HistoryShape shape, Stream stream)
    {
        using FastImportStream target = new(stream);
        new GeneratedHistory(shape, target).Write();
    }

    private void Write()
    {
        int tip = WriteFirst();
        while (_written < _shape.Commits)
        {
            int between = _random.Next(MainCommitsBetweenMax);
            for (int i = 0; i < between && _written < _shape.Commits; i++)
            {
                tip = WriteMain();
            }

            int side = 1 + _random.Next(SideCommitsMax);
            int beside = _random.Next(MainCommitsBesideMax);
            if (_written + side + beside + 1 <= _shape.Commits)
                tip = WriteBranch(tip, side, beside);
            else if (between == 0)
                tip = WriteMain();
        }
    }

    private int WriteFirst()
    {
        int mark = NextCommit(Main, from: 0, merged: 0);
        for (int file = 0; file < _shape.Files; file++)
        {
            _stream.File(_names[file], _texts.Read(file));
        }

        _deepVersions = 1;
        return mark;
    }

    // Side branch and main line in turns, then the merge.
    private int WriteBranch(int tip, int side, int beside)
    {
        int sideTip = 0;
        int mainTip = tip;
        for (int i = 0; i < Math.Max(side, beside); i++)
        {
            if (i < side)
                sideTip = WriteSide(i == 0 ? tip : 0);
            if (i < beside)
                mainTip = WriteMain();
        }

        mainTip = NextCommit(Main, from: 0, sideTip);
        foreach ((int file, int blob) in _side.OrderBy(f => f.Key))
        {
            _stream.File(_names[file], blob);
        }

        _side.Clear();
        _stream.Delete(Side);
        return mainTip;
    }

    private int WriteSide(int from)
    {
        int[] files = Pick();
        foreach (int file in files)
        {
            _texts.Change(file, _random);
            _side[file] = _stream.Blob(_texts.Read(file));
        }

        int mark = NextCommit(Side, from, merged: 0);
        foreach (int file in files)
        {
            _stream.File(_names[file], _side[file]);
        }

        return mark;
    }

    private int WriteMain()
    {
        int[] files = [.. Pick().Where(file => !_side.ContainsKey(file))];
        bool deep = (long)_written * DeepVersions >= (long)_deepVersions * _shape.Commits;
        int mark = NextCommit(Main, from: 0, merged: 0);
        foreach (int file in deep ? [0, .. files] : files)
        {
            _texts.Change(file, _random);
            _stream.File(_names[file], _texts.Read(file));
        }

        if (deep)
            _deepVersions++;
        if (_written % CommitsPerTag == 0)
            _stream.Tag(string.Create(CultureInfo.InvariantCulture, $"v{_written / CommitsPerTag}.0"), mark, _commits.NextPeople().Split('\n')[1].Replace("committer", "tagger", StringComparison.Ordinal) + "\n");
        return mark;
    }

    private int NextCommit(string reference, int from, int merged)
    {
        _written++;
        return _stream.Commit(reference, _commits.NextPeople(), _commits.NextMessage(), from, merged);
    }

    // Never file 0, which changes on its own schedule.
    private int[] Pick()
    {
        if (_shape.Files == 1)
            return [];
        HashSet<int> picked = [];
        int first = _random.NextSkewed(_shape.Files - 1);
        for (int i = 0; i < PicksMax && picked.Count < _shape.Changes; i++)
        {
            int file = 1 + ((first + _random.Next(Neighbourhood)) % (_shape.Files - 1));
            picked.Add(file);
        }

        return [.. picked];
    }
}
