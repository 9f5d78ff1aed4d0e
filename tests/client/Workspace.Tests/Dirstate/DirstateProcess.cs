using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tests.Dirstate;

/// <summary>This test program, started again as a process that only updates a dirstate and prints the number of each update done.</summary>
internal static class DirstateProcess
{
    public const int Files = 3000;

    private const string Variable = "MR_TEST_DIRSTATE";

    public static ChildProcess Start(string path) => ChildProcess.Start(Variable, path);

    [ModuleInitializer]
    internal static void RunIfStartedToUpdate()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } path)
        {
            for (long round = Open(path); ; round++)
            {
                Update(path, round);
                Console.WriteLine(round);
            }
        }
    }

    /// <summary>Moves the state from one round to the next: a third of the files get the round's size, in the others nothing changes.</summary>
    public static void Update(string path, long round) =>
        DirstateFile.Update(path, TreeOf(round), Enumerable.Range(0, Files).Where(i => i % 3 == round % 3).Select(i => Entry(i, round)));

    /// <summary>Fails unless the file holds one of the states that rounds leave; which one.</summary>
    public static long Round(DirstateReader state)
    {
        long round = -1;
        DirstateCursor cursor = state.Open();
        for (int i = 0; i < Files; i++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(Entry(i, 0).Path.ToArray(), cursor.Path.ToArray());
            round = Math.Max(round, cursor.Stat!.Value.SizeBytes);
        }

        Assert.False(cursor.MoveNext());
        Assert.Equal(TreeOf(round), state.Tree);
        for (int i = 0; i < Files; i++)
        {
            Assert.True(cursor.Seek(Entry(i, 0).Path.Span));
            Assert.Equal(Enumerable.Range(0, 3).Select(back => round - back).First(r => r % 3 == i % 3 || r == 0), cursor.Stat!.Value.SizeBytes);
        }

        return round;
    }

    public static void Create(string path) => DirstateFile.Update(path, TreeOf(0), Enumerable.Range(0, Files).Select(i => Entry(i, 0)));

    private static long Open(string path)
    {
        using DirstateFile state = DirstateFile.Open(path)!;
        return Round(state.Reader) + 1;
    }

    private static DirstateEntry Entry(int file, long round) => new(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"directory{file / 100:D3}/file{file:D5}")), FileMode.Regular, TreeOf(0), new RecordedStat(round, 2, 3, (ulong)file));

    private static ObjectId TreeOf(long round) => ObjectHasher.Hash(ObjectKind.Blob, BitConverter.GetBytes(round));
}
