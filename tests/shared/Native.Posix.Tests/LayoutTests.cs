using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix.Tests;

public class LayoutTests
{
    private const string Probe = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <fcntl.h>
        #include <errno.h>
        #include <dirent.h>
        #include <sys/stat.h>
        #include <sys/file.h>
        #include <sys/syscall.h>
        #include <linux/openat2.h>
        int main(void) {
          printf("sizeof %zu\n", sizeof(struct stat));
        #define F(n, f) printf(n " %zu\n", offsetof(struct stat, f))
          F("Device", st_dev); F("Inode", st_ino); F("Links", st_nlink); F("Mode", st_mode); F("UserId", st_uid); F("GroupId", st_gid);
          F("SizeBytes", st_size); F("Blocks", st_blocks); F("MtimeSeconds", st_mtim.tv_sec); F("MtimeNanoseconds", st_mtim.tv_nsec);
          F("CtimeSeconds", st_ctim.tv_sec); F("CtimeNanoseconds", st_ctim.tv_nsec);
          printf("dirent %zu %zu %zu\n", offsetof(struct dirent64, d_reclen), offsetof(struct dirent64, d_type), offsetof(struct dirent64, d_name));
          printf("dtype %d %d %d\n", DT_DIR, DT_REG, DT_LNK);
          printf("open %d %d %d %d %d %d %d %d %d\n", O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC);
          printf("at %d %d %d\n", AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR);
          printf("openat2 %d %zu %d %d\n", SYS_openat2, sizeof(struct open_how), RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH);
          printf("lock %d %d\n", LOCK_EX, LOCK_NB);
          printf("errno %d %d %d %d %d %d %d %d %d %d %d\n", ENOENT, EINTR, EIO, EEXIST, EXDEV, ENOTDIR, EISDIR, ENOSPC, ENAMETOOLONG, ENOTEMPTY, ELOOP);
          return 0;
        }
        """;

    private const string Expected = """
        sizeof 144
        Device 0
        Inode 8
        Links 16
        Mode 24
        UserId 28
        GroupId 32
        SizeBytes 48
        Blocks 64
        MtimeSeconds 88
        MtimeNanoseconds 96
        CtimeSeconds 104
        CtimeNanoseconds 112
        dirent 16 18 19
        dtype 4 8 10
        open 1 2 64 128 512 1024 65536 131072 524288
        at -100 256 512
        openat2 437 24 4 8
        lock 2 4
        errno 2 4 5 17 18 20 21 28 36 39 40

        """;

    [Fact]
    public void The_stat_struct_has_the_offsets_the_table_names()
    {
        Assert.Equal(144, Marshal.SizeOf<RawStat>());
        int checkedFields = 0;
        foreach (string line in Expected.Split('\n'))
        {
            string[] parts = line.Split(' ');
            if (typeof(RawStat).GetField(parts[0], System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance) is null)
                continue;
            Assert.Equal(int.Parse(parts[1]), (int)Marshal.OffsetOf<RawStat>(parts[0]));
            checkedFields++;
        }

        Assert.Equal(12, checkedFields);
    }

    [Fact]
    public void The_constants_are_those_of_the_C_headers()
    {
        Assert.Equal([1, 2, 64, 128, 512, 1024, 65536, 131072, 524288], new[]
        {
            OpenFlags.WriteOnly, OpenFlags.ReadWrite, OpenFlags.Create, OpenFlags.Exclusive, OpenFlags.Truncate, OpenFlags.Append,
            OpenFlags.Directory, OpenFlags.NoFollow, OpenFlags.CloseOnExec,
        }.Select(f => (int)f));
        Assert.Equal([2, 4, 5, 17, 18, 20, 21, 28, 36, 39, 40], new[]
        {
            Errno.NoEntry, Errno.Interrupted, Errno.InputOutput, Errno.Exists, Errno.CrossDevice, Errno.NotDirectory, Errno.IsDirectory,
            Errno.NoSpace, Errno.NameTooLong, Errno.NotEmpty, Errno.SymlinkLoop,
        }.Select(e => (int)e));
    }

    [Fact]
    public void A_C_probe_prints_the_same_table()
    {
        if (!File.Exists("/usr/bin/cc"))
            Assert.Skip("There is no C compiler (Debian package gcc).");
        string directory = Directory.CreateTempSubdirectory("probe-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "probe.c"), Probe);
            Run(directory, "/usr/bin/cc", "-o", "probe", "probe.c");
            Assert.Equal(Expected, Run(directory, Path.Combine(directory, "probe")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Run(string directory, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
